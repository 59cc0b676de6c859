"""Documents made of bytes and files, and ones that are elsewhere."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.types.pictures import written
from unillm import FilePart, InvalidRequestError

PDF = b"%PDF-1.4\n%%EOF\n"


def test_a_pdf_is_known_whatever_it_is_called(tmp_path):
    path = tmp_path / "report"
    path.write_bytes(PDF)
    part = FilePart.from_path(path)
    path.unlink()
    assert part == FilePart.from_bytes(PDF, "report")
    assert (part.filename, part.media_type, part.data) == ("report", "application/pdf", PDF)
    assert FilePart.from_json(part.to_json()) == part


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.txt", "text/plain"),
        ("a.b.CSV", "text/csv"),
        ("a.md", "text/markdown"),
        ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_the_end_of_the_name_says_what_it_is(name, media_type):
    assert FilePart.from_bytes(b"x", name).media_type == media_type
    assert FilePart.from_bytes(b"x", name, "text/x-mine").media_type == "text/x-mine"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((b"", "a.pdf"), "was given no bytes"),
        (("text", "a.txt"), "takes bytes and a media type, not str"),
        ((Path("a.pdf"), "a.pdf"), "for a file use from_path"),
        ((b"x", ""), "needs the file's name"),
        ((b"x", None), "needs the file's name"),
        ((b"x", 5), "needs the file's name"),
        ((b"x", "a.xyz"), "nothing says what 'a.xyz' is: .*give its media_type"),
        ((b"x", "txt"), "nothing says what 'txt' is"),
        ((written(), "cat.png"), r"cat.png. is an image \(image/png\): use ImagePart"),
        ((b"x", "a.txt", "text"), "written like application/pdf, not 'text'"),
        ((b"x", "a.txt", 5), "written like application/pdf, not 5"),
    ],
    ids=range(11),
)
def test_what_is_no_document_is_told_what_to_do(given, said):
    with pytest.raises(InvalidRequestError, match=said):
        FilePart.from_bytes(*given)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidRequestError, match=r"none\.pdf' is not there"):
        FilePart.from_path(tmp_path / "none.pdf")


@given(st.binary(max_size=20), st.text(max_size=12))
def test_any_bytes_and_name_are_a_document_or_refused(data, name):
    part = None
    with contextlib.suppress(InvalidRequestError):
        part = FilePart.from_bytes(data, name)
    assert part is None or (part.data, part.filename) == (data, name)


def test_what_is_elsewhere_has_no_bytes():
    for part in (FilePart(file_id="file-1"), FilePart("https://example.com/a.pdf")):
        assert (part.data, part.media_type) == (None, None)
        assert FilePart.from_json(part.to_json()) == part


def test_it_is_shown_by_its_name_and_cut():
    part = FilePart.from_bytes(PDF * 10_000, "report.pdf")
    assert len(repr(part)) < 200
    assert repr(part).endswith(", filename='report.pdf')")
    assert repr(FilePart(file_id="file-1")) == "FilePart(file_id='file-1')"
