"""Text that is searched whatever its case: what a touch says and what is looked for are folded in one way."""

import json
import re

_DOTTED_I = "\u0130"  # PostgreSQL's lower() makes it an i, Unicode's folding an i and a dot

_EXPONENT = re.compile(rb"[:,\[]-?\d+(?:\.\d+)?e")  # a number such as 1e+22, which jsonb keeps with all of its digits


def fold(text: str) -> str:
    """A text without its case: what PostgreSQL's ILIKE finds in a text is found in the folded one, too."""
    return text.replace(_DOTTED_I, "i").casefold()


def document(attributes_json: bytes) -> bytes | None:
    """What is kept of a touch's attributes, JSON in UTF-8, to be searched; None where jsonb is written otherwise."""
    if _EXPONENT.search(attributes_json):
        return None
    return attributes_json.lower() if attributes_json.isascii() else fold(attributes_json.decode()).encode()


def quoted(text: str) -> str:
    """A text as JSON holds it, between its quotes."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def term(text: str) -> str:
    """What to look for in documents."""
    return fold(quoted(text))
