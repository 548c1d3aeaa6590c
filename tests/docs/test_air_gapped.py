"""What the page about machines without a network promises of the package itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import printed
import pytest

REFUSING = """
import sys
def refuse(event, _):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        raise SystemExit(f"{event}: no network here")
sys.addaudithook(refuse)

import patentzoo as pz
model = pz.load_model(device="cpu")
"""
SEARCHES = """
print(len(pz.list_models()) > 1)
index = pz.build_index(model, "drawings/", path="drawings.index")
result = pz.search(pz.load_index("drawings.index"), "query.png", k=5)
result.save_html("hits.html")
print(result[0].patent, "http" not in open("hits.html", encoding="utf-8").read().split("<body")[0])
"""
MEASURES_AND_LEARNS = """
from patentzoo.evaluate.demo import run_demo
from patentzoo.zoo.doctor import examine
from patentzoo.evaluate import evaluate
from patentzoo.train import run_recipe

run_demo(out="demo", queries=1)
print(evaluate(model, "folder", "collection/").counts["queries"])
print(pz.load_model(run_recipe("recipe.toml", out="run"), device="cpu").dim)
print(any(each.subject == "cache" for each in examine("cache")))
"""

RECIPE = """
name = "resnet10t-supcon-two"
init = "none"
network = { backbone = "resnet10t", dim = 16, pooling = "avg" }
preprocess = { size_px = 64 }
data = { kind = "folder", root = "collection" }
loss = { name = "supcon" }
loop = { classes = 2, views = 2, workers = 0 }
stage = [{ steps = 1, size_px = 64 }]
"""


def said(program: str, tmp_path: Path) -> list[str]:
    """What a program prints that may not open a socket."""
    folder = tmp_path / "work"
    printed.lay_out(folder)
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", REFUSING + program],
        cwd=folder,
        env=os.environ | home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_drawings_are_searched_without_a_network(tmp_path: Path):
    assert said(SEARCHES, tmp_path) == ["True", "LD000015 True"]


@pytest.mark.slow
def test_models_are_measured_and_taught_without_a_network(tmp_path: Path):
    assert said(MEASURES_AND_LEARNS, tmp_path) == ["4", "16", "True"]
