"""The helm and kubectl lines of the documents, word by word, and what each of them names."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple

from deploy import helm
from tests.guide import sections

DOCUMENTS = ("README.md", "docs/kubernetes.md", "docs/operations.md")
INLINE = re.compile(r"`((?:helm|kubectl) [^`]+)`")
SCHEMA: dict[str, Any] = json.loads((helm.CHART / "values.schema.json").read_text("utf-8"))


class Line(NamedTuple):
    """A command: the document it stands in, and its words."""

    document: str
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def options(self, *names: str) -> Iterator[str]:
        """The values of an option, written as one word or as two."""
        for word, following in zip(self.words, [*self.words[1:], ""], strict=True):
            name, is_joined, value = word.partition("=")
            if name in names and word.startswith("-"):
                yield value if is_joined else following

    def flags(self) -> set[str]:
        return {word.partition("=")[0] for word in self.words if word.startswith("-")}


def lines(program: str) -> list[Line]:
    """Every line of a program in a block, and every one that a sentence shows with its arguments."""
    found = []
    for document in DOCUMENTS:
        path = helm.ROOT / document
        told = [command for _, commands in sections(path) for command in commands]
        told += INLINE.findall(path.read_text("utf-8"))
        words = (shlex.split(command) for command in told if command.startswith(f"{program} "))
        found += [Line(document, tuple(each)) for each in words]
    return found


def is_value(path: str) -> bool:
    """Whether the chart's schema knows a value, and closes each door on the way to it."""
    told = SCHEMA
    for key in path.split("."):
        told = SCHEMA["definitions"][told["$ref"].rpartition("/")[2]] if "$ref" in told else told
        if key not in told.get("properties", {}):
            return isinstance(told.get("additionalProperties"), dict)
        told = told["properties"][key]
    return True
