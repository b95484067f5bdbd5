"""Which user agents are machines: a list that others maintain, and the mail scanners and proxies that it lacks."""

from functools import lru_cache

from crawleruseragents import is_crawler

from services.interaction.domain.verdicts import Agent

# Fetched by a mail provider when somebody reads, so that the reader's address stays hidden: a reader is there.
IMAGE_PROXIES = ("googleimageproxy", "yahoomailproxy")
# What filters of incoming mail call themselves, those that the list of crawlers lacks.
SCANNERS = ("barracuda", "mimecast", "proofpoint", "fireeye", "ironport", "trendmicro", "symantec", "sophos",
            "fortinet", "cloudmark", "vade", "zscaler", "forcepoint", "java/")  # fmt: skip
MAIL_PROGRAMS = ("outlook", "thunderbird", "microsoft office", "ms-office", "msoffice", "airmail", "applemail")
# Apple's privacy proxy says this and nothing else, whoever reads and whether anybody does.
PRIVACY_PROXY = "mozilla/5.0"
CACHED = 20_000


@lru_cache(CACHED)
def agent_of(said: str) -> Agent:
    """What a user agent is known to be; 1.5 ms the first time that one is seen."""
    low = said.lower().strip()
    if not low:
        return Agent.NONE
    if low == PRIVACY_PROXY:
        return Agent.PRIVACY_PROXY
    if _holds(low, IMAGE_PROXIES):
        return Agent.IMAGE_PROXY
    if _holds(low, SCANNERS) or is_crawler(said):
        return Agent.SCANNER
    if _holds(low, MAIL_PROGRAMS):
        return Agent.MAIL_PROGRAM
    return Agent.BROWSER if low.startswith("mozilla/5.0 (") else Agent.UNKNOWN


def _holds(said: str, parts: tuple[str, ...]) -> bool:
    return any(part in said for part in parts)
