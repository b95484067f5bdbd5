"""Words of a text message that say something about consent, and what is answered to them.

The words are those that CTIA and the carriers know, and their German kin. A message is one of them when it is nothing
else: whatever its case, spaces and punctuation; what stands below its first line (a signature) does not count.
"""

import re
import unicodedata
from enum import StrEnum


class Keyword(StrEnum):
    """What a word asks for."""

    NONE = "NONE"
    STOP = "STOP"
    START = "START"
    HELP = "HELP"


WORDS = {
    Keyword.STOP: "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT REMOVE STOPP ABMELDEN ABBESTELLEN",
    Keyword.START: "START UNSTOP YES OPTIN SUBSCRIBE JA ANMELDEN",
    Keyword.HELP: "HELP INFO HILFE",
}
MEANING = {word: keyword for keyword, words in WORDS.items() for word in words.split()}
ANSWERS = frozenset({"YES", "JA"})  # words that mean something else wherever nothing was asked
NO_WORD = re.compile(r"[\W_]+")
BRAND = "We"
REPLIES = {
    ("en", Keyword.STOP): "{brand}: You are unsubscribed and get no more text messages. Reply START to get them again.",
    ("en", Keyword.START): "{brand}: You get our text messages. Reply STOP to end them, HELP for help.",
    ("en", Keyword.HELP): "{brand}: Reply STOP to get no more text messages, START to get them again.",
    (
        "de",
        Keyword.STOP,
    ): "{brand}: Sie sind abgemeldet und bekommen keine SMS mehr. Mit START melden Sie sich wieder an.",
    ("de", Keyword.START): "{brand}: Sie bekommen unsere SMS. Mit STOP beenden Sie das, mit HILFE bekommen Sie Hilfe.",
    ("de", Keyword.HELP): "{brand}: Mit STOP bekommen Sie keine SMS mehr, mit START bekommen Sie sie wieder.",
}


def read(text: str) -> tuple[Keyword, str]:
    """What a message asks for, and its word in upper case; (NONE, "") where it is no known word alone."""
    for part in (text, text.strip().split("\n")[0]):
        told = NO_WORD.split(unicodedata.normalize("NFKC", part).upper())
        words = [word for word in told if word]
        for word in ("".join(words), words[0] if len(set(words)) == 1 else ""):
            if word in MEANING:
                return MEANING[word], word
    return Keyword.NONE, ""


def reply(keyword: Keyword, word: str, *, brand: str, language: str) -> str:
    """The text to answer with; empty where nothing is to be answered, or where YES may have answered a person."""
    if keyword is Keyword.NONE or word in ANSWERS:
        return ""
    code = "de" if language.lower().startswith("de") else "en"
    return REPLIES[code, keyword].format(brand=brand or {"de": "Wir", "en": BRAND}[code])
