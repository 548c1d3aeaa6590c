from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from patentzoo.thumbnails import SIZE_PX, thumbnail


def _decoded(uri: str | None) -> np.ndarray:
    assert uri is not None
    kind, _, data = uri.partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("L"))


def test_a_large_sheet_becomes_small_and_keeps_its_shape_and_lines():
    page = np.full((3000, 2000), 255, np.uint8)
    page[500:2501, 400:408] = page[500:2501, 1392:1400] = 0
    page[500:508, 400:1400] = page[2493:2501, 400:1400] = 0
    small = _decoded(thumbnail(page))
    assert small.shape == (SIZE_PX, 160)
    assert small[:, 0].max() < 100
    assert small[20:-20, 20:-20].min() == 255


def test_hairlines_stay_visible():
    page = np.full((3000, 3000), 255, np.uint8)
    page[0], page[-1], page[1500:1502] = 0, 0, 0
    small = _decoded(thumbnail(page))
    assert small[SIZE_PX // 2 - 2 : SIZE_PX // 2 + 2].min() < 190


def test_what_cannot_be_shown_is_none(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert thumbnail(tmp_path / "broken.png") is None
    assert thumbnail(tmp_path / "missing.png") is None
    assert thumbnail(np.full((9, 9), 255, np.uint8)) is None
    assert thumbnail(None) is None
    assert thumbnail("https://example.org/a.png") is None


def test_the_page_asked_for(tmp_path):
    first, second = np.zeros((10, 20), np.uint8), np.zeros((30, 7), np.uint8)
    stack = tmp_path / "two.tif"
    Image.fromarray(first).save(stack, save_all=True, append_images=[Image.fromarray(second)])
    assert _decoded(thumbnail(stack)).shape == (10, 20)
    assert _decoded(thumbnail(stack, 2)).shape == (30, 7)
    assert thumbnail(stack, 3) is None
