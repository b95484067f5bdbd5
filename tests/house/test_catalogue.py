"""Every text of the console stands in the catalogue of every other language, and nothing else does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from jinja2 import Environment
from titling import TOKEN

from services.console.http import phrases
from services.console.http.language import ENGLISH, LANGUAGES, LOCALE, TITLE, _, plural, reading
from services.console.http.render import environment
from services.console.http.words import STEPS
from services.interaction.domain.builtin import BUILTIN

Text = tuple[str, ...]
CONSOLE = LOCALE.parent
TEMPLATES = sorted((CONSOLE / "templates").rglob("*.html"))
MODULES = sorted((CONSOLE / "http").rglob("*.py"))
OTHERS = sorted(LANGUAGES.keys() - {ENGLISH})
PLURAL = re.compile(r'\bplural\((?:[^()"]|\([^()]*\))*,\s*"([^"]*)",\s*"([^"]*)"')
PLACE = re.compile(r"{\w+}")
# Literals that read like words and are none of a page: filters for services, markup, types for browsers.
UNREAD = re.compile(r" = |!= |[<\n\0]|{{|charset|attachment|^[a-z_]+$|^Touchline ")
# Modules whose literals are for browsers, spreadsheets and whoever sets an installation up, or are what a service says.
UNREAD_MODULES = {
    "export", "frames", "guard", "launch", "live", "progress", "reasons", "routes", "session", "users", "language"
}  # fmt: skip


def of_template(source: str) -> Iterator[Text]:
    """Every text of a template; of a plural both forms."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    phrases.translated(source, note)
    tokens = Environment(autoescape=True).lexer.tokenize(source)
    found += [token.value for token, is_text in phrases.literals(tokens) if is_text]
    yield from ((text,) for text in found)
    yield from PLURAL.findall(source)


def of_module(path: Path) -> Iterator[Text]:
    """Every text of a module that is marked as one."""
    for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
        match getattr(call.func, "id", ""), call.args:
            case (("_" | "N_"), [ast.Constant(str(text))]):
                yield (text,)
            case "plural", [_count, ast.Constant(str(one)), ast.Constant(str(many))]:
                yield one, many
            case "sayings", [ast.Dict(values=values)]:
                for value in values:
                    parts = value.elts if isinstance(value, ast.Tuple) else [value]
                    texts = [each.value for each in parts if isinstance(each, ast.Constant)]
                    yield from ((text,) for place, text in enumerate(texts) if place == 0 or " " in text)


def written() -> dict[Text, str]:
    """Every text of the console, with the file that says it."""
    found = {text: path.name for path in TEMPLATES for text in of_template(path.read_text())}
    return found | {text: path.name for path in MODULES for text in of_module(path)}


def catalogued(language: str) -> list[Message]:
    """Every entry of a catalogue, none of them a guess."""
    with (LOCALE / f"{language}.po").open("rb") as file:
        entries = [entry for entry in read_po(file, locale=language) if entry.id]
    assert not [entry.id for entry in entries if entry.fuzzy]
    return entries


def translated(language: str) -> dict[Text, Text]:
    """Every text of a catalogue that has a translation."""
    entries = [entry for entry in catalogued(language) if not entry.context]

    def forms(text: object) -> Text:
        return (text,) if isinstance(text, str) else tuple(text)  # type: ignore[arg-type]

    return {forms(entry.id): forms(entry.string) for entry in entries if all(forms(entry.string))}


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_a_page_is_translated_and_nothing_else_is(language):
    said, known = written(), translated(language)
    missing = [f'msgid "{text[0]}"  # {file}' for text, file in said.items() if text not in known]
    assert missing == [], f"add them to services/console/locale/{language}.po"
    assert [text for text in known if text not in said] == [], f"nobody says this any more: {language}.po"


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_places_of_its_text(language):
    wrong = [
        text
        for text, told in translated(language).items()
        if any(set(PLACE.findall(form)) != set(PLACE.findall(text[-1])) - _spared(text, form) for form in told)
    ]
    assert wrong == []


def _spared(text: Text, form: str) -> set[str]:
    """The singular of a plural need not hold its number."""
    return {"{n}"} if len(text) > 1 and "{n}" not in form else set()


@pytest.mark.parametrize("language", OTHERS)
def test_every_touch_type_that_we_bring_has_a_title_with_the_places_of_its_own(language):
    titles = {entry.id: entry.string for entry in catalogued(language) if entry.context == TITLE}
    own = {name: kind.title_template for name, kind in BUILTIN.items()}
    assert titles.keys() == own.keys()
    assert [name for name in own if set(TOKEN.findall(own[name])) != set(TOKEN.findall(titles[name]))] == []


def test_the_last_word_of_every_touch_type_that_we_bring_is_said_in_words_as_its_chip():
    assert [name for name in BUILTIN if name.rpartition(".")[2] not in STEPS] == []


def test_a_module_of_pages_has_no_text_outside_of_the_catalogue():
    assert [line for path in MODULES if path.stem not in UNREAD_MODULES for line in bare(path)] == []


def bare(path: Path) -> Iterator[str]:
    """Literals that read like words, and are neither marked as texts nor documentation."""
    tree = ast.parse(path.read_text())
    marked = {
        part
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"_", "N_", "plural", "sayings", "TypeVar"}
        for part in ast.walk(call)
    }
    marked |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):  # types, and what is kept as evidence
        if isinstance(node, ast.keyword) and node.arg == "evidence":
            marked.add(node.value)
        for name in ("annotation", "returns"):
            marked.update(ast.walk(getattr(node, name, None) or ast.Pass()))
    for node in ast.walk(tree):
        if node in marked or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        marked.update(parts)
        text = "".join(part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
        if phrases.is_wording(text) and not UNREAD.search(text):
            yield f"{path.name}:{node.lineno}: {text!r}"


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("<p>Hello  {{ name }},\n <b>you</b></p>", ["Hello {0},", "you"]),
        ('<input placeholder="Find {{ a }}" class="big one" value="No">', ["Find {0}"]),
        ('{{ "No name" if a == "No name" else _("none") }}', ["No name", "none"]),
        ('{% include "a b.html" %}{% block size %}slim{% endblock %}{# A note #}', []),
        ('{{ plural(n, "{n} mail", "{n} mails") }}', ["{n} mail"]),
    ],
)
def test_a_text_is_found_wherever_a_page_shows_it(source, texts):
    assert [text[0] for text in of_template(source)] == texts


@pytest.mark.parametrize("language", OTHERS)
def test_a_page_is_drawn_in_the_language_of_its_reader_with_its_plurals(language):
    source = '<p title="Close">Begins at {{ day }}.</p>{{ plural(n, "{n} click", "{n} clicks") }} {{ 1234.5|number }}'
    with reading(language):
        told = [environment(language).from_string(source).render(day="<b>", n=n) for n in (1, 2000)]
        assert (_("Close"), plural(1, "{n} click", "{n} clicks")) == ("Schließen", "1 Klick")
    assert told[0] == '<p title="Schließen">Beginnt am &lt;b&gt;.</p>1 Klick 1.234,5'
    assert told[1].endswith("2.000 Klicks 1.234,5")
