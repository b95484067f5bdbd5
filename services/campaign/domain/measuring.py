"""Whether a mail may be measured: by consent to tracking, unless the installation says otherwise of a country."""

import re
from collections.abc import Mapping
from enum import StrEnum

_PAIR = re.compile(r"([A-Z]{2})=(consent|always|never)")


class Policy(StrEnum):
    """What it takes to measure the mails of people in a country."""

    CONSENT = "consent"
    ALWAYS = "always"  # also where nothing was said; a refusal stays one
    NEVER = "never"


Policies = Mapping[str, Policy]


def read(text: str) -> dict[str, Policy]:
    """`DE=never US=always`: a policy by country (ISO 3166, two letters). ValueError names what is none."""
    found: dict[str, Policy] = {}
    for pair in text.split():
        told = _PAIR.fullmatch(pair)
        if told is None or told[1] in found:
            raise ValueError(f"TOUCHLINE_TRACKING_COUNTRIES: {pair} is no COUNTRY=consent, always or never, said once")
        found[told[1]] = Policy(told[2])
    return found


def may_measure(policies: Policies, country: str, *, is_allowed: bool, is_unsaid: bool) -> bool:
    """Whether somebody's mail carries a pixel and links of its own; of whom no country is known, by consent."""
    match policies.get(country, Policy.CONSENT):
        case Policy.NEVER:
            return False
        case Policy.ALWAYS:
            return is_allowed or is_unsaid
        case _:
            return is_allowed
