"""Redacted evidence checked with hashlib: RFC 6962 over salted fields, against the root in the runner's signed statement.

usage: evidence.py STATEMENT_ENVELOPE LEAVES_JSON PUBLIC_KEY_PEM
"""
import base64
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from envelope import read, unpadded


def leaf_hash(leaf):
    """A masked leaf is its hash; a shown one is salt, pointer and value."""
    if "hash" in leaf:
        return unpadded(leaf["hash"])
    shown = json.dumps([leaf["salt"], leaf["pointer"], leaf["value"]], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(b"\0" + shown.encode("utf-8")).digest()


def root(hashes):
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\1" + root(hashes[:split]) + root(hashes[split:])).digest()


def main(statement_path, leaves_path, pem_path):
    envelope, body, message = read(statement_path)
    public = load_pem_public_key(open(pem_path, "rb").read())
    try:
        public.verify(base64.b64decode(envelope["signatures"][0]["sig"]), message)
        signed = True
    except InvalidSignature:
        signed = False
    leaves = json.load(open(leaves_path, encoding="utf-8"))
    promised = json.loads(body)
    print(
        json.dumps(
            {
                "signed": signed,
                "root": root([leaf_hash(leaf) for leaf in leaves]).hex() == promised["root"],
                "count": len(leaves) == promised["fields"],
                "shown": sum("pointer" in leaf for leaf in leaves),
            }
        )
    )


main(*sys.argv[1:])
