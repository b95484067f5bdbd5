"""Subjects: the 16 bytes under which touches of an identifier are written, made with the installation's own key."""

import hmac

from identity.kinds import normalise

SIZE = 16
SHORTEST_KEY = 16


class Subjects:
    """Makes subjects. The key is never rotated: another key would be another person everywhere.

    `region` is the installation's: the ISO country by which phone numbers without a country code are read.
    """

    def __init__(self, key: bytes, region: str = "") -> None:
        if len(key) < SHORTEST_KEY:
            raise ValueError(f"the identity key is shorter than {SHORTEST_KEY} bytes")
        self._key = key
        self.region = region

    def normal(self, kind: str, value: str, region: str = "") -> str:
        """The normal form of a value as people write it; another `region` than the installation's goes before."""
        return normalise(kind, value, region or self.region)

    def subject(self, kind: str, value: str) -> bytes:
        """The subject of a value that is in normal form already."""
        said = kind.encode(), value.encode()
        message = b"".join(len(part).to_bytes(4, "big") + part for part in said)
        return hmac.digest(self._key, message, "sha256")[:SIZE]

    def of(self, kind: str, value: str, region: str = "") -> bytes:
        """The subject of a value as people write it."""
        return self.subject(kind, self.normal(kind, value, region))
