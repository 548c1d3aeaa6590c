"""The demonstration gallery: names, one bit, and the same pictures each time."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from patentzoo.data.linedraw.gallery import GALLERY_FAMILIES, write_gallery
from patentzoo.errors import ConfigError


def test_writes_one_bit_figures_named_after_their_solid(tmp_path):
    files = write_gallery(tmp_path / "a", ("cup", "wheel"), size_px=120)
    assert [f.name for f in files] == [
        f"LD00000{n}-D0000{k}.png" for n in (1, 2) for k in range(1, 6)
    ]
    assert sorted(tmp_path.joinpath("a").iterdir()) == files
    again = write_gallery(tmp_path / "b", ("cup", "wheel"), size_px=120)
    for one, other in zip(files, again, strict=True):
        assert one.read_bytes() == other.read_bytes()
        with Image.open(one) as image:
            assert image.mode == "1"
            assert max(image.size) <= 120 + 13
            assert image.getextrema() == (0, 255)


def test_needs_families_that_exist(tmp_path):
    with pytest.raises(ConfigError, match="at least one family"):
        write_gallery(tmp_path, ())
    with pytest.raises(ConfigError, match="Did you mean 'wheel'"):
        write_gallery(tmp_path, ("whel",))


def test_the_gallery_in_the_package_is_what_the_code_draws(tmp_path):
    """Another processor may move a stroke by a pixel; another solid would move them all."""
    shipped = Path(str(resources.files("patentzoo").joinpath("samples")))
    assert len(list(shipped.glob("*.png"))) == 5 * len(GALLERY_FAMILIES)
    for file in write_gallery(tmp_path, GALLERY_FAMILIES[:8]):
        with Image.open(file) as drawn, Image.open(shipped / file.name) as kept:
            assert np.abs(np.subtract(drawn.size, kept.size)).max() <= 1
            ink = [
                np.asarray(image.convert("L").resize((60, 60)), float) for image in (drawn, kept)
            ]
            assert np.abs(ink[0] - ink[1]).mean() < 3
