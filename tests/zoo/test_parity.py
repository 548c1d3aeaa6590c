"""swinv2-arcface-dpat at full size against the reference network, run by the timm of its time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from patentzoo.zoo.convert import convert
from patentzoo.zoo.load import load_model
from patentzoo.zoo.registry import find_card

NAME = "swinv2-arcface-dpat"


def page() -> np.ndarray:
    """A drawing of lines on a sheet of odd size."""
    image = Image.new("L", (1410, 1861), 255)
    draw = ImageDraw.Draw(image)
    rng = np.random.default_rng(0)
    for _ in range(40):
        draw.line([float(v) for v in rng.uniform(200, 1300, 4)], fill=0, width=3)
    return np.asarray(image)


@pytest.mark.slow
def test_our_vectors_are_those_of_timm_0_6_13(tmp_path: Path, record_property):
    """Before normalisation, from the same tensor: at most 1e-5 apart."""
    library = Path(os.environ.get("PATENTZOO_TIMM_0_6_13", tmp_path / "timm"))
    if not library.is_dir():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
        subprocess.run([*pip, library, "timm==0.6.13"], check=True)
    images = torch.from_numpy(find_card(NAME).preprocess(page()))[None]
    torch.save(images, tmp_path / "images.pt")
    program = Path(__file__).with_name("reference_network.py")
    paths = os.pathsep.join([str(library), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    subprocess.run(
        [sys.executable, "-W", "ignore", program, tmp_path],
        env=os.environ | {"PYTHONPATH": paths},
        check=True,
    )
    checkpoint = tmp_path / "swin-arcface-test_epoch19.pth"
    done = convert(checkpoint, NAME, cache_dir=tmp_path / "cache")
    assert done.first
    model = load_model(NAME, device="cpu", offline=True, cache_dir=tmp_path / "cache")
    expected = torch.load(tmp_path / "vectors.pt", weights_only=True)
    with torch.inference_mode():
        ours = model.network(images)
    apart = float((ours - expected).abs().max())
    record_property("apart", apart)
    assert expected.shape == (1, 512)
    assert float(expected.std()) > 0.1
    assert apart <= 1e-5
    assert model.card.weights.size_bytes == pytest.approx(
        find_card(NAME).weights.size_bytes, rel=0.01
    )
