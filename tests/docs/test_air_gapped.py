"""What the page about machines without a network promises of the package itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import printed

PROGRAM = """
import sys
def refuse(event, _):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        raise SystemExit(f"{event}: no network here")
sys.addaudithook(refuse)

import patentzoo as pz
from patentzoo.evaluate.demo import run_demo
from patentzoo.zoo.doctor import examine
from patentzoo.evaluate import evaluate
from patentzoo.train import run_recipe

print(len(pz.list_models()) > 1)
model = pz.load_model(device="cpu")
index = pz.build_index(model, "drawings/", path="drawings.index")
result = pz.search(pz.load_index("drawings.index"), "query.png", k=5)
result.save_html("hits.html")
print(result[0].patent, "http" not in open("hits.html", encoding="utf-8").read().split("<body")[0])
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


def test_all_of_it_runs_without_a_network(tmp_path: Path):
    folder = tmp_path / "work"
    printed.lay_out(folder)
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env=os.environ | home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == ["True", "LD000015 True", "4", "16", "True"]
