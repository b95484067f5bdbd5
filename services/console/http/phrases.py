"""Templates in another language: their texts are found where they stand and replaced when a template is loaded.

A text is what stands between tags and statements, with `{0}`, `{1}` for the expressions in it; the words of attributes
that people read or hear; and each literal in an expression that reads like words (`is_wording`), or stands in `_("…")`.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from services.console.http.language import catalogue

EXPRESSION = re.compile(r"{{.*?}}", re.DOTALL)
INSIDE = r"(?:{{.*?}}|{%.*?%}|{#.*?#}|[^>{]|{(?![{%#]))*"
MARKUP = re.compile(
    rf"({{#.*?#}}|{{%-?\s*block size\s*%}}[^{{]*|{{%.*?%}}|<!--.*?-->|</?[a-zA-Z!]{INSIDE}>)", re.DOTALL
)
READ = re.compile(r'(?<=\s)((?:aria-label|title|placeholder|alt|data-say)=")((?:{{.*?}}|{%.*?%}|[^"])*)(")', re.DOTALL)
STATEMENT = re.compile(r"({%.*?%})", re.DOTALL)
LETTERS = re.compile(r"[A-Za-z]{2}")
CODE = re.compile(r'="|^\s*{{')
COMPARED = {"eq", "ne", "lbracket"}
LOADED = {"include", "extends", "import", "from", "in"}
Replace = Callable[[str], str]


def translated(source: str, say: Replace) -> str:
    """A template with each text between its tags, and in attributes that are read, as `say` says it."""
    parts = MARKUP.split(source)
    parts[::2] = [replaced(run, say) for run in parts[::2]]
    parts[1::2] = [READ.sub(lambda found: attribute(found, say), tag) for tag in parts[1::2]]
    return "".join(parts)


def attribute(found: re.Match[str], say: Replace) -> str:
    parts = STATEMENT.split(found[2])
    parts[::2] = [replaced(run, say) for run in parts[::2]]
    return f"{found[1]}{''.join(parts)}{found[3]}"


def replaced(run: str, say: Replace) -> str:
    """One text, with the blanks around it as they were."""
    expressions = EXPRESSION.findall(run)
    places = iter(range(len(expressions)))
    text = " ".join(EXPRESSION.sub(lambda _found: f"{{{next(places)}}}", run).split())
    if not LETTERS.search(text) or CODE.search(text.replace("{0}", "")):
        return run
    answer = say(text)
    if answer == text:
        return run
    before, after = run[: len(run) - len(run.lstrip())], run[len(run.rstrip()) :]
    return before + re.sub(r"{(\d)}", lambda place: expressions[int(place[1])], answer) + after


def is_wording(text: str) -> bool:
    """Whether a literal reads like words for people: it begins with a capital, or is several words."""
    if not LETTERS.search(text) or CODE.search(text) or ("/" in text and " " not in text):
        return False
    return bool(re.match(r"\W*[A-Z][a-z’]", text)) or " " in text.strip()


def literals(tokens: Iterable[Token]) -> Iterator[tuple[Token, bool]]:
    """Every token, and whether it is a literal that people read: not one that is compared, looked up or loaded."""
    before: list[Token] = []
    for token in tokens:
        kinds = [each.type for each in before]
        is_marked = kinds[-2:] == ["name", "lparen"] and before[-2].value == "_"
        is_key = bool(before) and (kinds[-1] in COMPARED or before[-1].value in LOADED)
        is_plural = any(each.type == "name" and each.value == "plural" for each in before[-14:])
        is_text = token.type == "string" and not is_key and (is_marked or (is_wording(token.value) and not is_plural))
        yield token, is_text
        before = [] if token.type in {"variable_begin", "block_begin", "data"} else [*before, token]


class Phrases(Extension):
    """Loads templates in the language that the environment has as `language`."""

    def _say(self, text: str) -> str:
        return catalogue(self.environment.language).gettext(text)  # type: ignore[attr-defined]

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Texts between tags and in attributes."""
        return translated(source, self._say)

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """Literals in expressions."""
        for token, is_text in literals(stream):
            yield Token(token.lineno, token.type, self._say(token.value)) if is_text else token
