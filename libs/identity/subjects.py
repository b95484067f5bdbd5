"""Subjects: the 16 bytes under which touches of an identifier are written, made with the installation's own key."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from identity.kinds import VERSION, VERSIONS, InvalidIdentifierError, Rules, normalise

SIZE = 16
SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class Form:
    """What an identifier is under a version of the rules: its normal form and the subject made of that."""

    version: int
    value: str
    subject: bytes


class Subjects:
    """Makes subjects. The key is never rotated: another key would be another person everywhere.

    `region` is the installation's: the ISO country by which phone numbers without a country code are read. `version`
    is that of the rules in force, one of `versions`; ValueError when it is none.
    """

    def __init__(
        self, key: bytes, region: str = "", *, version: int = VERSION, versions: Mapping[int, Rules] = VERSIONS
    ) -> None:
        if len(key) < SHORTEST_KEY:
            raise ValueError(f"the identity key is shorter than {SHORTEST_KEY} bytes")
        if version not in versions:
            raise ValueError(f"there is no version {version} of the normalisation")
        self._key, self._versions = key, versions
        self.region, self.version = region, version

    @property
    def newest(self) -> int:
        """The newest version that is known, in force or not."""
        return max(self._versions)

    @property
    def has_several(self) -> bool:
        """Whether an identifier can have more than one form."""
        return len(self._versions) > 1

    def normal(self, kind: str, value: str, region: str = "") -> str:
        """The normal form of a value as people write it; another `region` than the installation's goes before."""
        return self._normal(self.version, kind, value, region)

    def subject(self, kind: str, value: str) -> bytes:
        """The subject of a value that is in normal form already."""
        said = kind.encode(), value.encode()
        message = b"".join(len(part).to_bytes(4, "big") + part for part in said)
        return hmac.digest(self._key, message, "sha256")[:SIZE]

    def of(self, kind: str, value: str, region: str = "") -> bytes:
        """The subject of a value as people write it."""
        return self.subject(kind, self.normal(kind, value, region))

    def forms(self, kind: str, value: str, region: str = "") -> tuple[Form, ...]:
        """What a value is under every version, each form once, that of the newest last; what is no identifier under a
        version has no form there.
        """
        found: dict[bytes, Form] = {}
        for version in sorted(self._versions):
            try:
                normal = self._normal(version, kind, value, region)
            except InvalidIdentifierError:
                continue
            subject = self.subject(kind, normal)
            found.pop(subject, None)
            found[subject] = Form(version, normal, subject)
        return tuple(found.values())

    def _normal(self, version: int, kind: str, value: str, region: str) -> str:
        return normalise(kind, value, region or self.region, self._versions[version])
