"""An approval by passkey checked by Debian's python3-fido2: challenge, relying party, origin, user verification, signature.

usage: passkey.py ENVELOPE CREDENTIAL_JSON      {"id", "cose", "rpId", "origins"}
"""
import base64
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from envelope import read, unpadded
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.ctap2 import AuthenticatorData


def problems(path, credential):
    envelope, _, message = read(path)
    entry = next(s for s in envelope["signatures"] if s.get("keyid") == "webauthn:" + credential["id"])
    client_data = unpadded(entry["webauthn"]["clientDataJSON"])
    data = AuthenticatorData(unpadded(entry["webauthn"]["authenticatorData"]))
    client = json.loads(client_data)
    if unpadded(client["challenge"]) != hashlib.sha256(message).digest():
        yield "challenge"
    if client["origin"] not in credential["origins"] or client["type"] != "webauthn.get":
        yield "origin"
    if data.rp_id_hash != hashlib.sha256(credential["rpId"].encode()).digest():
        yield "rpId"
    if not data.is_user_present() or not data.is_user_verified():
        yield "flags"
    key = CoseKey.parse(cbor.decode(unpadded(credential["cose"])))
    try:
        key.verify(data + hashlib.sha256(client_data).digest(), base64.b64decode(entry["sig"]))
    except InvalidSignature:
        yield "signature"


print(json.dumps({"problems": list(problems(sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))))}))
