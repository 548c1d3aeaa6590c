"""The site builds without a warning: navigation, links, anchors, cross-references, docstrings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import printed
import pytest

import patentzoo as pz

# The module and its function share the name: the reference has to say which it means.
HOMES = {"search": "patentzoo.index.search"}
ALL_ERRORS = {name for name in pz.__all__ if "Error" in name}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=printed.ROOT, env=quiet, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_there(site: Path):
    for path in printed.PAGES:
        if path.name != "README.md":
            assert (site / f"{path.stem}.html").is_file()
    assert not list(site.glob("*.py"))


def test_the_reference_has_every_public_name(site: Path):
    page = (site / "api.html").read_text(encoding="utf-8")
    for name in set(pz.__all__) - {"__version__"}:
        home = "patentzoo.errors" if name in ALL_ERRORS else HOMES.get(name, "patentzoo")
        assert f'id="{home}.{name}"' in page, name


def test_a_page_fetches_nothing(site: Path):
    for path in site.glob("*.html"):
        page = path.read_text(encoding="utf-8")
        for start in ('src="http', 'rel="stylesheet" href="http', "fonts.googleapis"):
            assert start not in page, f"{path.name}: {start}"
