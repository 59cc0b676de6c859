"""Media types, told from bytes and carried in URLs."""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.types.pictures import FORMATS, written
from unillm.types.media import bytes_in, data_url, is_media_type, media_type_in, media_type_of

OTHERS = {"BMP": "image/bmp", "TIFF": "image/tiff", "ICO": "image/x-icon", "AVIF": "image/avif"}


@pytest.mark.parametrize("name", [*FORMATS, *OTHERS])
def test_what_pillow_writes_is_known_by_its_first_bytes(name):
    data = written(name)
    assert media_type_of(data) == {**FORMATS, **OTHERS}[name]
    assert media_type_of(data[:16]) == {**FORMATS, **OTHERS}[name]


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"GIF87a", "image/gif"),
        (b"MM\0*\0\0\0\x08", "image/tiff"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", "image/heif"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", None),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
        (b"BMW is a car maker", None),
        (b"GIF", None),
        (b"\x89PNG", None),
        (b"", None),
    ],
)
def test_beginnings(data, media_type):
    assert media_type_of(data) == media_type


@given(st.binary(max_size=64))
@example(b"BM")
@example(b"\0\0\0\0ftyp")
def test_any_bytes_have_a_media_type_or_none(data):
    found = media_type_of(data)
    assert found is None or is_media_type(found)
    assert media_type_of(b"\x89PNG\r\n\x1a\n" + data) == "image/png"


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["image/png", "a/b+c", "text/x.y-z"]))
def test_bytes_come_back_out_of_a_url(data, media_type):
    url = data_url(data, media_type)
    assert media_type_in(url) == media_type
    assert bytes_in(url) == data


@given(st.text(max_size=60))
def test_any_text_is_a_data_url_or_not(text):
    for url in (text, f"data:{text}", f"data:image/png;base64,{text}"):
        assert (media_type_in(url) is None) is (bytes_in(url) is None)


@pytest.mark.parametrize(
    "url",
    [
        "data:,",
        "data:image/png,abcd",
        "data:;base64,abcd",
        "data:image/png;base64,",
        "data:image/png;base64,abc",
        "data:image/png;base64,abcde",
        "data:image/png;base64,ab=d",
        "data:image/png;base64,abcd====",
        "data:image/png;base64,ab\ncd==",
        "data:image/png;base64,abcd\n",
        "data:image/png;base64,ab-_",
        "data:image/png;base64,äbcd",
        " data:image/png;base64,abcd",
        "data:image/png;x=a b;base64,abcd",
        "https://example.com/data:image/png;base64,abcd",
    ],
)
def test_broken_urls_hold_nothing(url):
    assert media_type_in(url) is None
    assert bytes_in(url) is None


def test_spelling_and_parameters_do_not_matter():
    assert media_type_in("DATA:Image/PNG;BASE64,abcd") == "image/png"
    assert bytes_in("data:text/plain;charset=utf-8;base64,SGk=") == b"Hi"


def test_a_url_of_megabytes_is_looked_at_in_one_go():
    payload = base64.b64encode(bytes(6_000_000)).decode()
    assert media_type_in(f"data:image/png;base64,{payload}") == "image/png"
    assert media_type_in(f"data:image/png;base64,{payload}!") is None
