"""Tables as people export them: whatever the encoding and the separator, the rows written are the rows read."""

import csv
import io
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from touchline_client.tables import SEPARATORS, sniff

TITLES = ["Record ID", "First Name", "Last Name", "E-Mail", "Company"]
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
# Not what stands at 0x80-0xBF in Windows-1252: behind an accented letter it could be taken for a UTF-8 sequence.
LETTERS = "".join(map(chr, [*range(0x20, 0x7F), *range(0xC0, 0x100)]))
LATIN = st.text(LETTERS, max_size=12)
WORDS = st.one_of(
    st.sampled_from(["Groß", "Müller & Söhne; Partner", 'The "Mill", Ltd.', "two\nlines", "tab\there", "", " x "]),
    LATIN,
)
ROWS = st.lists(st.lists(WORDS, min_size=5, max_size=5).filter(any), min_size=1, max_size=12)


def written(rows, encoding, separator, end="\r\n", quoting=csv.QUOTE_MINIMAL):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting).writerows([TITLES, *rows])
    return text.getvalue().encode(encoding)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    encoding=st.sampled_from(ENCODINGS),
    separator=st.sampled_from(SEPARATORS),
    form=st.tuples(st.sampled_from(["\r\n", "\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
)
def test_what_was_written_is_read_again(tmp_path, rows, encoding, separator, form):
    path = tmp_path / "table.csv"
    path.write_bytes(written(rows, encoding, separator, *form))
    assert list(sniff(path).records()) == [TITLES, *rows]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=3000))
def test_any_bytes_can_be_read(tmp_path, data):
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    table = sniff(path)
    assert all(isinstance(value, str) for record in table.records() for value in record)
    assert table.size == len(data)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"a,b\r\n1,2\r\n", "utf-8"),
        ("a,b\n1,Größe\n".encode(), "utf-8"),
        ("a,b\n1,Größe\n".encode("cp1252"), "cp1252"),
        ("a,b\n1,Größe\n".encode("utf-8-sig"), "utf-8-sig"),
        ("a,b\n1,Größe\n".encode("utf-16"), "utf-16"),
        ("a,b\n1,Größe\n".encode("utf-16-be"), "utf-16-be"),
        (b"", "utf-8"),
    ],
)
def test_the_encoding_is_told_by_the_bytes(tmp_path, data, encoding):
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    assert sniff(path).encoding == encoding


def test_a_few_broken_rows_do_not_make_a_utf8_table_a_latin_one(tmp_path):
    path = tmp_path / "table.csv"
    good = "Jörg,Groß\n".encode() * 20
    path.write_bytes(b"a,b\n" + good + "J\xf6rg,x\n".encode("latin-1") + good)
    table = sniff(path)
    records = list(table.records())
    assert table.encoding == "utf-8"
    assert [at for at, record in enumerate(records) if "\ufffd" in "".join(record)] == [21]


def test_a_character_cut_by_the_chunks_of_reading_is_not_taken_for_a_broken_one(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b"a,b\n" + "ö".encode() * 3_000_001 + b",x\n")
    assert sniff(path).encoding == "utf-8"


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path):
    path = tmp_path / "table.csv"
    rows = [f"{n},fine" for n in range(1000)]
    rows[500] = '500,"open'
    path.write_text("id,word\n" + "\n".join(rows))
    records = list(sniff(path).records())
    assert len(records) == 1001
    assert records[501] == ["500", '"open']
    assert records[502] == ["501", "fine"]


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a;b;c\n1,5;2;3\n", ";"),
        ("sep=;\na,b;c\n1;2\n", ";"),
        ("only\none\n", ","),
        ("a\tb\n1,2,3\t4\n", "\t"),
        ('a,b\n"x;y;z",1\n', ","),
    ],
)
def test_the_separator_is_told_by_the_titles(tmp_path, text, separator):
    path = tmp_path / "table.csv"
    path.write_text(text)
    assert sniff(path).separator == separator


def test_a_hint_for_excel_is_no_row(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("sep=;\r\na;b\r\n1;2\r\n")
    assert list(sniff(path).records()) == [["a", "b"], ["1", "2"]]


def test_blank_lines_and_ragged_rows_keep_their_shape(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n\n1,2,3\n,\n4\n\n")
    assert list(sniff(path).records()) == [["a", "b"], ["1", "2", "3"], ["", ""], ["4"]]


@pytest.mark.parametrize("line", [b"Jane,Doe,jane@example.example\n", b"x" * 200])
def test_a_large_table_is_read_in_constant_memory(tmp_path, line):
    path = tmp_path / "table.csv"
    with path.open("wb") as file:
        for _ in range(8):
            file.write(line * (1_000_000 // len(line)))
    tracemalloc.start()
    try:
        for _ in sniff(path).records():
            pass
        assert tracemalloc.get_traced_memory()[1] < 6_000_000
    finally:
        tracemalloc.stop()


def test_the_fingerprint_is_of_the_whole_table(tmp_path):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_bytes(b"a,b\n" + b"1,2\n" * 500_000 + b"9,9\n")
    two.write_bytes(b"a,b\n" + b"1,2\n" * 500_000 + b"9,8\n")
    assert sniff(one).fingerprint != sniff(two).fingerprint
