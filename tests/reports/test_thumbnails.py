from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from patentzoo.errors import BlankImageError
from patentzoo.reports.thumbnails import data_uri, shrunk

SIZE_PX = 320


def test_a_large_sheet_becomes_small_and_keeps_its_shape_and_lines():
    page = np.full((3000, 2000), 255, np.uint8)
    page[500:2501, 400:408] = page[500:2501, 1392:1400] = 0
    page[500:508, 400:1400] = page[2493:2501, 400:1400] = 0
    small = shrunk(page, SIZE_PX)
    assert small.shape == (SIZE_PX, 160)
    assert small[:, 0].max() < 100
    assert small[20:-20, 20:-20].min() == 255


def test_hairlines_stay_visible():
    page = np.full((3000, 3000), 255, np.uint8)
    page[0], page[-1], page[1500:1502] = 0, 0, 0
    assert shrunk(page, SIZE_PX)[SIZE_PX // 2 - 2 : SIZE_PX // 2 + 2].min() < 190


def test_a_page_without_ink():
    with pytest.raises(BlankImageError):
        shrunk(np.full((9, 9), 255, np.uint8), SIZE_PX)


def test_the_address_holds_the_picture_in_sixteen_greys():
    grey = np.arange(256, dtype=np.uint8).reshape(8, 32)
    kind, _, data = data_uri(grey).partition(",")
    assert kind == "data:image/png;base64"
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("L"))
    assert np.abs(shown.astype(int) - grey).max() <= 9
    assert len(np.unique(shown)) == 16
