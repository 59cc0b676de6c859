"""Images made of bytes, files, and Pillow's images."""

import contextlib
import math
import os
from array import array
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

import unillm
from tests.types.pictures import FORMATS, opened, picture, written
from unillm import ImagePart, InvalidRequestError


@pytest.mark.parametrize("name", FORMATS)
def test_bytes_need_no_media_type(name):
    data = written(name)
    part = ImagePart.from_bytes(data)
    assert (part.media_type, part.data) == (FORMATS[name], data)
    assert part == ImagePart.from_bytes(data, FORMATS[name])
    assert part.detail is None
    assert ImagePart.from_json(part.to_json()) == part


def test_whatever_holds_bytes_will_do():
    data = written()
    assert ImagePart.from_bytes(bytearray(data)) == ImagePart.from_bytes(data)  # type: ignore[arg-type]
    assert ImagePart.from_bytes(memoryview(data)) == ImagePart.from_bytes(data)  # type: ignore[arg-type]
    assert ImagePart.from_bytes(data, detail="low").detail == "low"


@given(st.binary(max_size=40))
def test_random_bytes_are_an_image_or_refused(data):
    part = None
    with contextlib.suppress(InvalidRequestError):
        part = ImagePart.from_bytes(data)
    assert part is None or part.data == data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "was given no bytes"),
        (b"Hello", "no image of a known kind: give its media_type"),
        (b"%PDF-1.4", "are a PDF: use FilePart"),
        (written("BMP"), "are image/bmp, which not every model reads.*from_pil"),
        (written("TIFF"), "are image/tiff"),
        (b"\0\0\0\x18ftypheic", "are image/heic"),
        ("cat.png", "takes bytes and a media type, not str; for a file use from_path"),
        (Path("cat.png"), "not .*Path; for a file use from_path"),
        (None, "not NoneType"),
        (5, "not int"),
        (array("i", [1]), "not array"),
        ([1, 2], "not list"),
    ],
    ids=range(12),
)
def test_what_is_no_image_is_told_what_to_do(data, said):
    with pytest.raises(InvalidRequestError, match=said):
        ImagePart.from_bytes(data)


@pytest.mark.parametrize(
    "media_type", ["png", "application/pdf", "image/", "image/a b", "", 5, b"image/png"]
)
def test_a_media_type_is_of_an_image(media_type):
    with pytest.raises(InvalidRequestError, match="media type such as image/png"):
        ImagePart.from_bytes(written(), media_type)


def test_with_a_media_type_any_image_is_taken():
    part = ImagePart.from_bytes(written("BMP"), "image/bmp")
    assert part.media_type == "image/bmp"


def test_a_file_is_read_when_the_part_is_made(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(written())
    part = ImagePart.from_path(path, detail="high")
    path.unlink()
    assert (part.data, part.detail) == (written(), "high")


def test_the_end_of_a_name_says_nothing(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(written("JPEG"))
    assert ImagePart.from_path(str(path)).media_type == "image/jpeg"
    assert ImagePart.from_path(path, "image/x-mine").media_type == "image/x-mine"


def test_a_file_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("hello")
    os.mkfifo(tmp_path / "pipe.png")
    for path, said in [
        ("cat.png", f"'cat.png' is not there, seen from {tmp_path}"),
        (tmp_path, "is no file"),
        ("pipe.png", "is no file"),
        ("empty.png", "'empty.png' is empty"),
        ("text.png", "text.png: these bytes are no image"),
        ("cat\0.png", "is not there|cannot be read"),
        ("x" * 5000, "cannot be read"),
        (None, "None cannot be read"),
        (b"cat.png", "cannot be read"),
        (5, "5 cannot be read"),
    ]:
        with pytest.raises(InvalidRequestError, match=said):
            ImagePart.from_path(path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.png", "pipe.png", "text.png"]


def test_a_file_that_may_not_be_read_says_so(tmp_path, monkeypatch):
    def denied(self):
        raise PermissionError(13, "Permission denied", str(self))

    path = tmp_path / "secret.png"
    path.write_bytes(written())
    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(InvalidRequestError, match="Permission denied"):
        ImagePart.from_path(path)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_an_image_in_memory_loses_nothing(mode):
    image = picture("L").convert("I;16") if mode == "I;16" else picture(mode)
    part = ImagePart.from_pil(image)
    assert part.media_type == "image/png"
    again = opened(part.data)
    assert again.size == image.size
    if mode != "I;16":
        shown, meant = again.convert("RGBA"), image.convert("RGBA")
        assert ImageChops.difference(shown, meant).getbbox(alpha_only=False) is None


def test_a_jpeg_stays_one_in_the_quality_it_has():
    noise = Image.effect_noise((64, 64), 60).convert("RGB")
    data = written("JPEG", noise, quality=30)
    part = ImagePart.from_pil(opened(data))
    assert part.media_type == "image/jpeg"
    tables = [getattr(opened(each), "quantization", None) for each in (part.data, data)]
    assert tables[0] == tables[1] is not None
    assert math.isclose(len(part.data or b""), len(data), rel_tol=0.1)


@pytest.mark.parametrize("name", FORMATS)
def test_another_format_is_written_where_it_is_asked_for(name):
    part = ImagePart.from_pil(picture(), name, detail="low")
    assert (part.media_type, part.detail) == (FORMATS[name], "low")
    assert opened(part.data).format == name


def test_of_several_frames_the_one_shown_is_taken():
    frames = [picture(), Image.new("RGB", (8, 6), "red")]
    moving = opened(written("GIF", frames[0], save_all=True, append_images=frames[1:]))
    moving.seek(1)
    part = ImagePart.from_pil(moving)
    again = opened(part.data)
    assert getattr(again, "n_frames", 1) == 1
    assert again.convert("RGB").getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("image", "name", "said"),
    [
        (picture("CMYK"), None, r"of mode CMYK, cannot be written as PNG.*convert\('RGB'\)"),
        (picture("F"), None, "of mode F"),
        (picture("RGBA"), "JPEG", "of mode RGBA, cannot be written as JPEG"),
        (picture(), "NOPE", "cannot be written as NOPE"),
        (picture(), "PGN", "cannot be written as PGN.* Did you mean PNG"),
        (picture(), "TIFF", "cannot be written as TIFF: formats are PNG, JPEG, WEBP, GIF"),
        (picture(), "BMP", "cannot be written as BMP: formats are PNG"),
        (picture(), 5, "cannot be written as 5"),
        ("cat.png", None, "takes an image of Pillow, not str"),
        (None, None, "not NoneType"),
        (Image.Image, None, "not type"),
        (Image, None, "not module"),
        (SimpleNamespace(save=print, format="PNG"), None, "not SimpleNamespace"),
    ],
    ids=range(13),
)
def test_what_cannot_be_written_is_told_why(image, name, said):
    with pytest.raises(InvalidRequestError, match=said):
        ImagePart.from_pil(image, name)


def test_a_broken_file_of_an_image_is_refused():
    data = written("PNG", Image.effect_noise((64, 64), 60))
    with pytest.raises(InvalidRequestError, match="cannot be written as PNG"):
        ImagePart.from_pil(opened(data[:200]))


def test_what_does_as_an_image_of_pillow_is_one():
    class Drawing:
        format = None
        mode = "vector"

        def save(self, fp, **params):
            fp.write(written(params["format"]))

    class Nothing(Drawing):
        def save(self, fp, **params):
            """Write nothing."""

    assert ImagePart.from_pil(Drawing()).media_type == "image/png"
    with pytest.raises(InvalidRequestError, match="no bytes"):
        ImagePart.from_pil(Nothing())


def test_an_image_is_saved(tmp_path):
    path = tmp_path / "made.png"
    ImagePart.from_bytes(written()).save(path)
    assert path.read_bytes() == written()
    for elsewhere in (ImagePart("https://example.com/a.png"), ImagePart("data:image/png;base64,a")):
        assert (elsewhere.data, elsewhere.media_type) == (None, None)
        with pytest.raises(InvalidRequestError, match="fetch it from"):
            elsewhere.save(path)
    with pytest.raises(OSError, match="directory"):
        ImagePart.from_bytes(written()).save(tmp_path)


def test_images_that_the_model_made_are_at_hand():
    made = ImagePart.from_bytes(written())
    parts = (unillm.TextPart("Here."), made, unillm.FilePart(file_id="f"))
    for content, images, text in [(parts, (made,), "Here."), ("Hi", (), "Hi"), (None, (), "")]:
        response = unillm.ChatResponse(
            message=unillm.AssistantMessage(content),
            finish_reason="stop",
            provider="p",
            model="m",
        )
        assert (response.images, response.text) == (images, text)
        assert unillm.ChatResponse.from_json(response.to_json()) == response


HOSTILE = [
    "data:image/svg+xml;base64,PHN2Zz4=",
    "data:text/html;base64,PHNjcmlwdD4=",
    "data:image/png;x=)[a](javascript:alert(1));base64,iVBO",
    "data:image/png;base64,iVBO\n\n<script>alert(1)</script>",
    "https://example.com/<script>alert(1)</script>",
    "javascript:alert(1)",
    "data:image/png;base64," + "A" * 40_000_000,
]


@pytest.mark.parametrize("url", HOSTILE, ids=range(len(HOSTILE)))
def test_an_image_that_may_do_harm_is_not_shown(url):
    shown = ImagePart(url)._repr_markdown_()
    assert len(shown) < 400
    assert "<script" not in shown
    assert "](javascript" not in shown
    assert shown == "![image](data:image/png;base64,iVBO)" or shown.startswith("*Image:* <code>")


def test_a_notebook_shows_an_image_that_the_model_made():
    made = ImagePart.from_bytes(written())
    response = unillm.ChatResponse(
        message=unillm.AssistantMessage((unillm.TextPart("Look:"), made)),
        finish_reason="stop",
        provider="p",
        model="m",
    )
    assert made._repr_markdown_() == f"![image]({made.url})"
    assert f"Look:\n\n![image]({made.url})\n\n" in response._repr_markdown_()
