"""The line by which people know a touch: the template of its type, filled with what the touch says.

Interaction fills the template that a type is registered with; whoever shows touches in another language fills its own.
"""

import re
from collections.abc import Callable
from typing import Any

TOKEN = re.compile(r"\{([a-z0-9_.]+)\}")


def render(template: str, value: Callable[[str], str]) -> str:
    """Fill a template; what is not known leaves nothing behind, and values are never templates themselves."""
    if "{" not in template:
        return template
    return " ".join(TOKEN.sub(lambda found: value(found[1]), template).split())


def value_of(touch: Any, name: str) -> str:
    """What a token of a template stands for in a touch, a `touchline.interaction.v1.Touch`; empty for nothing."""
    if name == "value" and touch.HasField("value"):
        amount = touch.value.units + touch.value.nanos / 1e9
        return f"{amount:,.2f} {touch.value.currency_code}"
    if name == "actor":
        return touch.actor.display_name or touch.actor.user.rpartition("/")[2]
    if name.startswith("names."):
        return str(getattr(touch.names, name[6:], ""))
    return _text(touch.attributes.fields[name]) if name in touch.attributes.fields else ""


def _text(value: Any) -> str:
    match value.WhichOneof("kind"):
        case "string_value":
            return str(value.string_value)
        case "number_value":
            return f"{value.number_value:.15g}"
        case "bool_value":
            return str(value.bool_value)
    return ""
