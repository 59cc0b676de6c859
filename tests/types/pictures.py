"""Small real images, as bytes and as Pillow's."""

from io import BytesIO
from typing import Any

from PIL import Image

FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}


def picture(mode: str = "RGB") -> Image.Image:
    return Image.linear_gradient("L").resize((8, 6)).convert(mode)


def written(name: str = "PNG", image: Image.Image | None = None, **options: Any) -> bytes:
    file = BytesIO()
    (image or picture()).save(file, format=name, **options)
    return file.getvalue()


def opened(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(BytesIO(data))
