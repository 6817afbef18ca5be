"""Reads a DSSE envelope and its pre-authentication encoding with nothing but the standard library (DSSE 1.0.2)."""
import base64
import json


def read(path):
    """The envelope, its payload bytes and the bytes that every signature covers."""
    with open(path, encoding="utf-8") as file:
        envelope = json.load(file)
    body = base64.b64decode(envelope["payload"], validate=True)
    kind = envelope["payloadType"].encode("utf-8")
    return envelope, body, b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)


def unpadded(text):
    """Bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
