"""The columns of CRM exports by their usual English titles, and the words in which their values are said."""

import re
import unicodedata

LEAVE_OUT = "-"
TARGETS = frozenset(
    (
        LEAVE_OUT,
        "email",
        "phone",
        "display_name",
        "given_name",
        "family_name",
        "title",
        "account",
        "owner",
        "team",
        "stage",
        "time_zone",
        "country",
        "language",
        "tags",
        "opt_out",
    )
)
TITLES = {
    "record id": "crm:hubspot",
    "contact id": "crm:hubspot",
    "hubspot id": "crm:hubspot",
    "salesforce id": "crm:salesforce",
    "external id": "crm:external",
    "email": "email",
    "e-mail": "email",
    "email address": "email",
    "work email": "email",
    "additional email addresses": "email",
    "phone": "phone",
    "phone number": "phone",
    "mobile": "phone",
    "mobile phone": "phone",
    "mobile phone number": "phone",
    "name": "display_name",
    "full name": "display_name",
    "display name": "display_name",
    "first name": "given_name",
    "given name": "given_name",
    "last name": "family_name",
    "family name": "family_name",
    "surname": "family_name",
    "job title": "title",
    "title": "title",
    "company": "account",
    "company name": "account",
    "account": "account",
    "associated company": "account",
    "contact owner": "owner",
    "owner": "owner",
    "hubspot team": "team",
    "team": "team",
    "lifecycle stage": "stage",
    "stage": "stage",
    "time zone": "time_zone",
    "timezone": "time_zone",
    "country": "country",
    "country/region": "country",
    "country/region code": "country",
    "preferred language": "language",
    "language": "language",
    "tags": "tags",
    "unsubscribed from all email": "opt_out",
    "opted out of email": "opt_out",
    "email opt out": "opt_out",
}
COUNTRIES = {
    "argentina": "AR",
    "australia": "AU",
    "austria": "AT",
    "belgium": "BE",
    "brazil": "BR",
    "bulgaria": "BG",
    "canada": "CA",
    "chile": "CL",
    "china": "CN",
    "croatia": "HR",
    "czech republic": "CZ",
    "czechia": "CZ",
    "denmark": "DK",
    "deutschland": "DE",
    "estonia": "EE",
    "finland": "FI",
    "france": "FR",
    "germany": "DE",
    "greece": "GR",
    "hungary": "HU",
    "iceland": "IS",
    "india": "IN",
    "ireland": "IE",
    "israel": "IL",
    "italy": "IT",
    "japan": "JP",
    "latvia": "LV",
    "lithuania": "LT",
    "luxembourg": "LU",
    "mexico": "MX",
    "netherlands": "NL",
    "new zealand": "NZ",
    "norway": "NO",
    "poland": "PL",
    "portugal": "PT",
    "romania": "RO",
    "singapore": "SG",
    "slovakia": "SK",
    "slovenia": "SI",
    "south africa": "ZA",
    "south korea": "KR",
    "spain": "ES",
    "sweden": "SE",
    "switzerland": "CH",
    "turkey": "TR",
    "united kingdom": "GB",
    "united states": "US",
    "usa": "US",
}
YES = frozenset(("true", "yes", "y", "1", "on", "granted", "subscribed", "opt-in", "opted in", "ja", "x"))
_SLUG = re.compile(r"(users|teams)/[A-Za-z0-9._@-]{1,80}")


def by_title(title: str) -> str:
    """Where a column goes when nobody says; titles are compared without case, and unknown ones become attributes."""
    plain = " ".join(title.replace("_", " ").split()).casefold()
    return TITLES.get(plain) or _attribute(plain)


def country_code(said: str) -> str:
    """The two letters of a country; empty when it is none that we know."""
    if re.fullmatch(r"[A-Za-z]{2}", said):
        return said.upper()
    return COUNTRIES.get(said.casefold(), "")


def yes(said: str) -> bool:
    """Whether a cell says yes."""
    return said.casefold() in YES


def slug(collection: str, said: str) -> str:
    """The resource name of a user or team that a CRM names in its own way: `Ann Bell` is `users/ann.bell`."""
    if said.startswith(f"{collection}/") and _SLUG.fullmatch(said):
        return said
    letters = unicodedata.normalize("NFKD", said.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9._@-]+", ".", letters).strip(".")[:80]
    return f"{collection}/{name}" if name else ""


def _attribute(title: str) -> str:
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:60].rstrip("_")
    return f"attributes.{name}" if re.match(r"[a-z]", name) else LEAVE_OUT
