"""Statements that somebody outside can verify: Ed25519, by a key that is derived from the installation's own.

The installation's key is part of every backup plan already, so what was signed stays verifiable after a restore.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"touchline statements v1"
SIZE = 32


class Signer:
    """Signs statements; made of the installation's identity key, of at least 16 bytes."""

    def __init__(self, key: bytes) -> None:
        seed = HKDF(algorithm=SHA256(), length=SIZE, salt=None, info=PURPOSE).derive(key)
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key(self) -> bytes:
        """What others verify with, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, statement: bytes) -> bytes:
        """The signature over a statement's bytes, 64 bytes."""
        return self._key.sign(statement)


def is_signed(statement: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether whoever has that key signed exactly these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, statement)
    except (InvalidSignature, ValueError):
        return False
    return True
