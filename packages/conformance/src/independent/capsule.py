"""A capsule checked by Debian's python3-securesystemslib: signature over the PAE, and every subject of its in-toto statement.

usage: capsule.py ENVELOPE PUBLIC_KEY_PEM...
"""
import base64
import hashlib
import json
import sys

import securesystemslib.keys
from cryptography.hazmat.primitives import serialization
from envelope import read


def as_metadata(pem):
    """The key as securesystemslib wants it; its id is ours: SHA-256 of the DER."""
    public = serialization.load_pem_public_key(pem.encode())
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    keyid = hashlib.sha256(der).hexdigest()
    if hasattr(public, "curve"):
        return {"keyid": keyid, "keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256", "keyval": {"public": pem}}
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()
    return {"keyid": keyid, "keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": raw}}


def canonical(value):
    """RFC 8785 for what capsules hold: integers, ASCII keys and strings."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def signers(envelope, message, keys):
    found = []
    for entry in envelope["signatures"]:
        key = keys.get(entry.get("keyid"))
        if key is None:
            continue
        signature = {"keyid": key["keyid"], "sig": base64.b64decode(entry["sig"]).hex()}
        if securesystemslib.keys.verify_signature(key, signature, message):
            found.append(key["keyid"])
    return found


def main(path, pems):
    envelope, body, message = read(path)
    keys = {key["keyid"]: key for key in (as_metadata(open(pem, encoding="utf-8").read()) for pem in pems)}
    statement = json.loads(body)
    parts = {**statement["predicate"]}
    wrong = []
    for subject in statement["subject"]:
        part = parts.get(subject["name"].removesuffix(".json"))
        if part is None or hashlib.sha256(canonical(part)).hexdigest() != subject["digest"]["sha256"]:
            wrong.append(subject["name"])
    print(
        json.dumps(
            {
                "type": statement["_type"],
                "predicateType": statement["predicateType"],
                "digest": "sha256:" + hashlib.sha256(body).hexdigest(),
                "signers": signers(envelope, message, keys),
                "subjects": len(statement["subject"]),
                "wrongSubjects": wrong,
            }
        )
    )


main(sys.argv[1], sys.argv[2:])
