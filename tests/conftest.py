"""Fixtures many tests share: the real drawings, drawn images, a model that needs no weights."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
from chromium import CHROMIUM
from PIL import Image, ImageDraw

from patentzoo.models.preprocess import Preprocess
from patentzoo.models.retrieval_model import RetrievalModel

if TYPE_CHECKING:
    from taught_words import Taught

Draw = Callable[..., Image.Image]

# Where OpenVINO is installed, "auto" would export every small model of these tests first.
os.environ.setdefault("PATENTZOO_BACKEND", "torch")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real drawings."""
    here = Path(__file__).resolve()
    for folder in (here.parents[1] / "shared", here.parents[2] / "shared"):
        if (folder / "data").is_dir():
            return folder
    pytest.skip("the real drawings (../shared/data) are not here")


@pytest.fixture(scope="session")
def taught(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Taught:
    """A model that has learned a few words from half of some title figures, and the other half."""
    pytest.importorskip("open_clip")
    from taught_words import teach

    return teach(shared / "data", tmp_path_factory.mktemp("taught") / "model")


def drawing(seed: int = 0, size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Black lines on white, mode L; another seed, another drawing."""
    rng = np.random.default_rng(seed)
    image = Image.new("L", size, 255)
    draw = ImageDraw.Draw(image)
    for _ in range(4):
        ends = rng.uniform(0.05, 0.95, 4) * np.array([*size, *size])
        draw.line([float(value) for value in ends], fill=0, width=2)
    return image


@pytest.fixture
def draw() -> Draw:
    """The function ``drawing(seed, size)``."""
    return drawing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three patents with two drawings each, in one folder: LD000001-D00001.png and so on."""
    root = tmp_path / "drawings"
    root.mkdir()
    for patent in range(1, 4):
        for figure in range(1, 3):
            name = f"LD{patent:06d}-D{figure:05d}.png"
            drawing(10 * patent + figure).convert("1").save(root / name)
    return root


def make_model(seed: int = 0, name: str = "tiny", *, hflip: bool = False) -> RetrievalModel:
    """A random projection of 32 x 32 pixels to 16 dimensions; another seed, another model."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32 * 32, 16, bias=False))
    with torch.no_grad():
        network[1].weight.copy_(torch.randn(16, 32 * 32, generator=generator))
    return RetrievalModel(
        network,
        Preprocess(size_px=32),
        name=name,
        dim=16,
        network_config={"backbone": "projection", "dim": 16},
        device="cpu",
        hflip=hflip,
    )


@pytest.fixture(scope="session", name="make_model")
def make_model_fixture() -> Callable[..., RetrievalModel]:
    """The function ``make_model(seed, name, *, hflip)``."""
    return make_model


@pytest.fixture(scope="session")
def model() -> RetrievalModel:
    """A small model without files behind it."""
    return make_model()


@pytest.fixture
def other_model() -> RetrievalModel:
    """Another small model, under another name."""
    return make_model(1, "other")


@pytest.fixture
def unit_rows() -> Callable[[int, int], npt.NDArray[np.float32]]:
    """A function (n, seed) -> n random unit vectors of 16 dimensions."""

    def make(n: int, seed: int = 0) -> npt.NDArray[np.float32]:
        rows = np.random.default_rng(seed).normal(size=(n, 16))
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    return make


CUBE_FACES = (
    "4 16 -1 -1 -1 1 -1 -1 1 -1 1 -1 -1 1\n4 16 -1 1 -1 1 1 -1 1 1 1 -1 1 1\n"
    "4 16 -1 -1 -1 1 -1 -1 1 1 -1 -1 1 -1\n4 16 -1 -1 1 1 -1 1 1 1 1 -1 1 1\n"
    "4 16 -1 -1 -1 -1 1 -1 -1 1 1 -1 -1 1\n4 16 1 -1 -1 1 1 -1 1 1 1 1 -1 1\n"
)
"""A cube from -1 to 1 in the LDraw format: six quadrilaterals."""


@pytest.fixture(scope="session")
def ldraw_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny LDraw library: a cube as primitive, three parts of several cubes each."""
    root = tmp_path_factory.mktemp("ldraw")
    (root / "p").mkdir()
    (root / "parts").mkdir()
    edges = "".join(
        f"2 24 {a} {b} -1 {a} {b} 1\n2 24 {a} -1 {b} {a} 1 {b}\n2 24 -1 {a} {b} 1 {a} {b}\n"
        for a in (-1, 1)
        for b in (-1, 1)
    )
    (root / "p" / "Box.dat").write_text(f"0 Cube\n{CUBE_FACES}{edges}", encoding="utf-8")
    for number in (1, 2, 3):
        lines = ["1 16 0 0 0 8 0 0 0 2 0 0 0 5 BOX.DAT"]
        for i in range(number + 1):
            lines.append(f"1 16 {4 * i - 4} -4 {number} 1 0 0 0 2 0 0 0 {number} box.dat")
        text = "\n".join([f"0 Brick {number}", *lines]) + "\n"
        (root / "parts" / f"300{number}.dat").write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def deeppatent(ldraw_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set in DeepPatent's format: 24 patents drawn from the tiny LDraw library."""
    from patentzoo.data.linedraw.dataset import SolidSource
    from patentzoo.data.synthetic_deeppatent import write_deeppatent

    root = tmp_path_factory.mktemp("deeppatent")
    source = SolidSource("ldraw", 24, folder=str(ldraw_library))
    write_deeppatent(root, source, shards=root / "shards", size_px=96)
    return root


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run the program in this process, words of its command line -> exit code, stdout, stderr."""
    from patentzoo.cli import main

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["patentzoo", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    return call


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A headless Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """The command line sets the package's log level; no test is to hear of another's."""
    rooms = ("", ".zoo", ".index", ".backends")
    loggers = [logging.getLogger(f"patentzoo{room}") for room in rooms]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
