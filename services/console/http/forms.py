"""Forms: what was typed, what is wrong with it field by field, and the id under which it counts once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from chassis.errors import AlreadyExists, DomainError, InvalidArgument
from starlette.datastructures import FormData

from services.console.http.language import N_, _
from services.console.http.refusals import refusal

OLD_FORM = N_("This form is damaged or was used already. Reload the page and try again.")
SOMEBODY_ELSE = N_(
    "Somebody else changed this while you were writing. Nothing of yours is saved yet, and nothing is lost."
)


@dataclass
class Form:
    """One form as it is drawn: values and complaints by field. `form` is the field of what belongs to no other."""

    values: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def complain(self, name: str, words: str) -> None:
        """Say what is wrong with a field; the first complaint stands."""
        self.wrong.setdefault(name, words)

    @property
    def status(self) -> int:
        return 400 if self.wrong else 200


def drawn(**values: str) -> Form:
    """An empty form with the id that its request will have: sent twice, it does one thing."""
    return Form({"request": str(uuid4()), **values})


def read(form: FormData, *, longest: int = 4_000, long: Mapping[str, int] | None = None) -> Form:
    """What came. Texts are cut one character past their limit, so that the service can say that they are too long."""
    limits = long or {}
    values = {
        key: str(value).replace("\r\n", "\n")[: limits.get(key, longest) + 1] for key, value in form.multi_items()
    }
    found = Form(values)
    if not is_id(values.get("request", "")):
        found.complain("form", _(OLD_FORM))
    return found


def is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def refuse(form: Form, error: DomainError, fields: Iterable[str]) -> Form:
    """Put what a service refuses beside the fields that it names; what it names otherwise goes above the form."""
    known = set(fields)
    violations = error.violations if isinstance(error, InvalidArgument) else ()
    for violation in violations:
        name = field_of(violation.field, known)
        words = sentence(violation.description)
        form.complain(name, words if name != "form" or not violation.field else f"{violation.field}: {words}")
    if isinstance(error, AlreadyExists) and "display_name" in known:
        form.complain("display_name", _("Another one has this name."))
    if not form.wrong:
        form.complain("form", sentence(error.message))
    return form


def field_of(path: str, known: set[str]) -> str:
    """`segment.display_name` is the field `display_name`; the longest tail or part that the form has."""
    parts = [part.partition("[")[0] for part in path.split(".")]
    return next((part for part in reversed(parts) if part in known), "form")


def sentence(text: str) -> str:
    """A refusal in the reader's language, as a sentence: a capital at the start, a stop at the end."""
    text = refusal(text.strip()) or _("This was refused")
    return text[0].upper() + text[1:] + ("" if text[-1] in ".?!" else ".")


def changed_meanwhile(form: Form, etag: str) -> Form:
    """The form again after somebody else's change: saving once more, with this new id, replaces theirs."""
    form.values |= {"etag": etag, "request": str(uuid4())}
    form.complain("conflict", _(SOMEBODY_ELSE))
    return form
