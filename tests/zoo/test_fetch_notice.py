"""Weights without a published hash: every command that fetches them says so."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("impatient")

SAID = "Its publisher gives no hash to check it against"


@pytest.mark.parametrize(
    "line",
    [
        "embed drawings --out vectors.npz --model MODEL",
        "index drawings --out new.index --model MODEL",
        "demo drawings --queries 1 --model MODEL",
        "evaluate MODEL --protocol folder --data drawings",
        "fetch MODEL",
    ],
)
def test_the_first_time_only(run, offered, folder, tmp_path, monkeypatch, caplog, line: str):
    monkeypatch.setenv("PATENTZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    words = [offered if word == "MODEL" else word for word in line.split()]
    before = {*tmp_path.iterdir(), tmp_path / "cache"}
    assert run(*words)[0] == 0
    assert SAID in caplog.text
    caplog.clear()
    for made in set(tmp_path.iterdir()) - before:
        shutil.rmtree(made) if made.is_dir() else made.unlink()
    assert run(*words)[0] == 0
    assert SAID not in caplog.text


def test_it_stands_on_stderr(offered: Path, folder: Path, tmp_path: Path):
    command = [sys.executable, "-m", "patentzoo", "embed", str(folder)]
    command += ["--model", str(offered), "--out", "vectors.npz"]
    environment = {"PATENTZOO_CACHE": str(tmp_path / "cache"), "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert SAID in done.stderr
    assert SAID not in done.stdout
