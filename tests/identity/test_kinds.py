"""Identifiers in normal form: which spellings are one, which values are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity import InvalidIdentifierError, Subjects, is_role_address, normalise

SUBJECTS = Subjects(b"k" * 32)

SAME = [
    ("email", " Ada@Example.COM ", "ada@example.com"),
    ("email", "Jörg@Müller.example", "jörg@xn--mller-kva.example"),
    ("email", "Jo\u0308rg@mu\u0308ller.example", "jörg@xn--mller-kva.example"),
    ("email", "a.b+news@example.com", "a.b+news@example.com"),
    ("phone", "+49 (0)30 901820", "+4930901820"),
    ("phone", "030 901820", "+4930901820"),
    ("phone", "0049 30 901820", "+4930901820"),
    ("crm:hubspot", " 00Ab ", "00Ab"),
    ("cookie", "Zm9v", "Zm9v"),
    ("contact", "contacts/0190B6A0-0000-7000-8000-000000000001", "0190b6a0-0000-7000-8000-000000000001"),
]
REFUSED = [
    ("email", ""),
    ("email", "ada"),
    ("email", "ada@"),
    ("email", "@example.com"),
    ("email", "a b@example.com"),
    ("email", "a..b@example.com"),
    ("email", ".a@example.com"),
    ("email", "ada@example"),
    ("email", "ada@exa mple.com"),
    ("email", "ada@example..com"),
    ("email", "ada@10.0.0.1"),
    ("email", "a" * 65 + "@example.com"),
    ("email", "ada@" + "x" * 64 + ".example"),
    ("email", "J\ufffdrg@example.com"),
    ("email", "ada\x00@example.com"),
    ("email", "\ud800@example.com"),
    ("phone", "12"),
    ("phone", "call me"),
    ("phone", "+49 1"),
    ("crm:hubspot", "  "),
    ("crm:Hub Spot", "1"),
    ("fax", "1"),
    ("contact", "ada"),
]


@pytest.mark.parametrize(("kind", "written", "normal"), SAME)
def test_spellings_of_one_identifier_are_one(kind: str, written: str, normal: str) -> None:
    assert normalise(kind, written, "DE") == normal


@pytest.mark.parametrize(("kind", "written"), REFUSED)
def test_what_cannot_be_an_identifier_is_refused_without_repeating_it(kind: str, written: str) -> None:
    with pytest.raises(InvalidIdentifierError) as refusal:
        normalise(kind, written, "DE")
    assert len(written) < 4 or written not in str(refusal.value)


def test_a_number_without_country_code_needs_a_region() -> None:
    with pytest.raises(InvalidIdentifierError):
        normalise("phone", "030 901820")


written = st.one_of(
    st.tuples(st.just("email"), st.emails()),
    st.tuples(st.just("email"), st.builds("{}@{}.example".format, st.text(max_size=20), st.text(max_size=20))),
    st.tuples(st.just("phone"), st.from_regex(r"(\+|00)?[1-9][0-9 ()-]{4,14}", fullmatch=True)),
    st.tuples(st.sampled_from(["crm:x", "cookie"]), st.text(max_size=40)),
)


@given(written, st.sampled_from(["", "DE", "US"]))
def test_the_normal_form_is_its_own(identifier: tuple[str, str], region: str) -> None:
    kind, value = identifier
    try:
        normal = normalise(kind, value, region)
    except InvalidIdentifierError:
        return
    assert normalise(kind, normal, region) == normal


def test_a_subject_depends_on_key_kind_and_value() -> None:
    made = {
        SUBJECTS.subject("email", "a@example.com"),
        SUBJECTS.subject("crm:x", "a@example.com"),
        SUBJECTS.subject("email", "b@example.com"),
        Subjects(b"j" * 32).subject("email", "a@example.com"),
        SUBJECTS.subject("crm:xy", "z"),
        SUBJECTS.subject("crm:x", "yz"),
    }
    assert len(made) == 6
    assert {len(subject) for subject in made} == {16}
    assert SUBJECTS.of("email", "A@Example.com") == SUBJECTS.subject("email", "a@example.com")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Subjects(b"secret")


def test_desks_are_told_from_people() -> None:
    assert is_role_address("Info@example.com")
    assert not is_role_address("ines@example.com")
