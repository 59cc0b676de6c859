# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false
"""What may stand in the content of a message, and what of it is sent."""

import contextlib
from functools import partial
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.types.pictures import opened, picture, written
from unillm import (
    AssistantMessage,
    FilePart,
    ImagePart,
    InvalidRequestError,
    RawPart,
    SystemMessage,
    TextPart,
    ToolMessage,
    UserMessage,
)
from unillm.types.inputs import messages_from

PNG = ImagePart.from_bytes(written())
PDF = FilePart.from_bytes(b"%PDF-1.4\n", "report.pdf")
CALL = {"role": "tool", "tool_call_id": "c1"}


def content(given, **fields):
    (message,) = messages_from({"role": "user", **fields, "content": given})
    return message.content


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Be in a folder with a picture and a document."""
    monkeypatch.chdir(tmp_path)
    Path("cat.png").write_bytes(written())
    Path("report.pdf").write_bytes(b"%PDF-1.4\n")
    Path("notes.md").write_text("# Notes", encoding="utf-8")
    Path("movie.mp4").write_bytes(b"\0\0\0\x18ftypisom")
    Path("old.bmp").write_bytes(written("BMP"))
    return tmp_path


@pytest.mark.parametrize("role", ["user", "tool", "system", "assistant"])
def test_images_stand_beside_text(folder, role):
    fields = {"role": role, "tool_call_id": "c1"} if role == "tool" else {"role": role}
    given = ["What is this?", Path("cat.png"), picture(), written(), bytearray(written())]
    text, *images = content(given, **fields)
    assert text == TextPart("What is this?")
    assert [opened(image.data).size for image in images] == [(8, 6)] * 4
    assert images[0] == images[2] == images[3] == PNG


@pytest.mark.parametrize("kind", [UserMessage, SystemMessage, AssistantMessage])
def test_a_message_made_by_hand_may_hold_them_too(folder, kind):
    given = ["a", Path("report.pdf"), written()]
    (message,) = messages_from(kind(given))
    assert message == kind((TextPart("a"), PDF, PNG))


@pytest.mark.parametrize(
    "given", [Path("cat.png"), written(), PNG, memoryview(written())], ids=range(4)
)
def test_one_image_alone_is_content(folder, given):
    assert content(given) == (PNG,)


def test_files_are_known_by_what_is_in_them(folder):
    assert content([Path("cat.png").rename("cat.pdf")]) == (PNG,)
    assert content([Path("report.pdf")]) == (PDF,)
    (notes,) = content([Path("notes.md")])
    assert (notes.media_type, notes.data) == ("text/markdown", b"# Notes")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Path("none.png"), "'none.png' is not there"),
        (Path(), "is no file"),
        (Path("movie.mp4"), "nothing says what 'movie.mp4' is: use FilePart"),
        (Path("old.bmp"), "are image/bmp, which not every model reads"),
        (PurePosixPath("none.png"), "'none.png' is not there"),
        (b"text", "these bytes are no image"),
        (b"%PDF-1.4", "use FilePart"),
        (picture("F"), "mode F"),
        (5, "must be a part, text, an image, a pathlib.Path or a dict with a type, not int"),
        ({1, 2}, "not set"),
        (None, "not NoneType"),
        (["nested"], "not list"),
        (open, "not builtin"),
        (ImagePart, "not type"),
    ],
    ids=range(14),
)
def test_what_cannot_stand_there_is_told_where_and_why(folder, given, said):
    with pytest.raises(InvalidRequestError, match=rf"^messages\[0\]\.content\[1\].*{said}"):
        content(["a", given])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "cat.png",
            r"needs an https: or data: URL, not 'cat.png'; for a file use ImagePart\.from_p",
        ),
        ("/tmp/cat.png", "from_path"),
        ("file:///tmp/cat.png", "from_path"),
        (r"C:\cat.png", "from_path"),
        ("C:/cat.png", "from_path"),
        ("~/cat.png", "from_path"),
        ("", "from_path"),
        ("https://", "needs an https"),
        ("https:///a.png", "needs an https"),
        ("https://example.com/a b.png", "needs an https"),
        ("https://example.com/a.png\n", "needs an https"),
        ("s3://bucket/cat.png", "send its own part as RawPart"),
        ("data:image/png;base64,", r"has a data: URL that is not .* ImagePart\.from_bytes"),
        ("data:image/png;base64,a b=", "has a data: URL"),
        ("DATA:image/png,abc", "has a data: URL"),
        ("data:application/pdf;base64,JVBERi0=", "holds application/pdf: use FilePart"),
        (b"\x89PNG", "not bytes; for a file"),
        (Path("cat.png"), "not .*Path; for a file"),
        (None, "not NoneType"),
        (5, "not int"),
    ],
    ids=range(20),
)
def test_an_image_that_no_provider_can_reach_is_refused(url, said):
    with pytest.raises(InvalidRequestError, match=said):
        content([ImagePart(url)])
    if isinstance(url, str):
        with pytest.raises(InvalidRequestError, match=said):
            content([{"type": "image_url", "image_url": {"url": url}}])


@pytest.mark.parametrize("url", ["https://x/ä.png?a=b#c", "HTTP://host:80", PNG.url])
def test_an_image_that_a_provider_can_reach_is_taken(url):
    assert content([{"type": "image_url", "image_url": {"url": url}}]) == (ImagePart(url),)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (TextPart(5), "has text=5, which must be a string"),
        (TextPart(None), "has text=None"),
        (ImagePart("https://x", detail=5), "has detail=5, which must be auto, low, high or"),
        (ImagePart("https://x", detail="hi"), "detail='hi', which must be auto, low, high or"),
        (RawPart("x"), "has data='x', which must be a dict"),
        (RawPart(None), "must be a dict"),
        (FilePart(), "needs a url or a file_id, one of them"),
        (FilePart(PDF.url, file_id="x"), "needs a url or a file_id, one of them"),
        (FilePart(filename="a.pdf"), "needs a url or a file_id"),
        (FilePart("report.pdf"), r"not 'report.pdf'; for a file use FilePart\.from_path"),
        (FilePart(5), "not int; for a file use"),
        (FilePart(file_id=5), "has file_id=5, which must be a string"),
        (FilePart(PDF.url, filename=5), "has filename=5, which must be a string"),
        (FilePart("data:application/pdf;base64,ä"), r"FilePart\.from_bytes"),
    ],
    ids=range(14),
)
def test_a_part_made_by_hand_is_looked_at(part, said):
    for message in (UserMessage((part,)), ToolMessage("c1", (part,))):
        assert repr(message)
        with pytest.raises(InvalidRequestError, match=said):
            messages_from(message)
    for made in (UserMessage, SystemMessage, AssistantMessage, partial(ToolMessage, "c1")):
        with pytest.raises(InvalidRequestError, match=said):
            made([part])
    with pytest.raises(InvalidRequestError, match=said):
        UserMessage(part)


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ({"file_id": "f1"}, FilePart(file_id="f1")),
        ({"file_data": PDF.url, "filename": "report.pdf"}, PDF),
        ({"file_data": PDF.url}, FilePart(PDF.url)),
        ({"file_data": "JVBERi0="}, None),
        ({"file_id": "f1", "file_data": PDF.url}, None),
        ({"file_id": "f1", "format": "pdf"}, None),
        ({"file_id": None}, None),
        ({"file_id": 5}, None),
        ({"filename": "a.pdf"}, None),
        ({}, None),
    ],
)
def test_a_file_as_openai_writes_it(file, part):
    given = {"type": "file", "file": file}
    assert content([given]) == (part or RawPart(given),)
    marked = {**given, "cache_control": {"type": "ephemeral"}}
    assert content([marked]) == (RawPart(marked),)


@pytest.mark.parametrize(
    "given",
    [
        {"type": "input_audio", "input_audio": {"data": "x", "format": "wav"}},
        {"type": "image_url", "image_url": "https://x"},
        {"type": "image_url", "image_url": {"url": "https://x", "mask": 1}},
        {"type": "image_url", "image_url": {"url": 5}},
        {"type": "file", "file": 5},
        {"type": 5, 5: {}},
        {"type": None, None: {}},
        {"type": ["x"]},
        {},
    ],
    ids=range(9),
)
def test_a_dict_with_what_unillm_has_no_name_for_is_kept(given):
    assert content([given]) == (RawPart(given),)


@pytest.mark.parametrize(
    "given",
    [
        ["a", "b"],
        [Path("cat.png")],
        [Path("cat.png"), Path("report.pdf")],
        Path("cat.png"),
        [1, written()],
        [{"type": "dog"}, "b"],
        [{"type": "dog"}, Path("cat.png")],
        [{"a": 1}, written()],
        b"text",
        [b"text"],
        ("a", 5, PNG),
        set(),
    ],
    ids=range(12),
)
def test_a_result_that_may_be_a_value_is_not_taken_for_content(folder, given):
    with pytest.raises(InvalidRequestError, match=r"as the result of a tool.*json\.dumps"):
        content(given, **CALL)
    with pytest.raises(InvalidRequestError, match="as the result of a tool"):
        messages_from(ToolMessage("c1", given))


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (written(), (PNG,)),
        ([written()], (PNG,)),
        (["Here", Path("cat.png")], (TextPart("Here"), PNG)),
        (["Here", written(), Path("report.pdf")], (TextPart("Here"), PNG, PDF)),
        ([PNG, {"type": "text", "text": "a"}, "b"], (PNG, TextPart("a"), TextPart("b"))),
    ],
    ids=range(5),
)
def test_an_image_is_a_result(folder, given, parts):
    assert content(given, **CALL) == parts
    assert messages_from(ToolMessage("c1", given)) == (ToolMessage("c1", parts),)


@pytest.mark.parametrize(
    "item", [Path("cat.png"), written(), picture(), PNG, TextPart("a"), PDF], ids=range(6)
)
def test_content_outside_of_a_message_is_told_where_it_goes(folder, item):
    for messages in (item, ["What is this?", item]):
        with pytest.raises(InvalidRequestError, match=r"Put it into the content of one: \{'role'"):
            messages_from(messages)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.sampled_from([PNG, PDF, TextPart("x"), Path("none"), picture(), open, ImagePart, ...]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["type", "text", "file", "image_url", "url", "file_id", "detail"]),
        inner | st.sampled_from(["text", "file", "image_url"]),
        max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip


@given(VALUES, st.sampled_from(["user", "tool", "assistant", "system"]))
def test_anything_is_content_or_refused(value, role):
    found = ()
    with contextlib.suppress(InvalidRequestError):
        found = messages_from({"role": role, "tool_call_id": "c1", "content": value})
    assert all(repr(message) for message in found)
    assert all(isinstance(message.content, str | tuple) or value is None for message in found)
