"""The page's wheel: built without a network, installed without an index, run without a socket."""

from __future__ import annotations

import os
import re
import shutil
import site
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import printed
import pytest

pytestmark = pytest.mark.slow
PAGE = printed.ROOT / "docs" / "air-gapped.md"

REFUSING = """
import sys
def refuse(event, _):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        raise SystemExit(f"{event}: no network here")
sys.addaudithook(refuse)
"""
LINES = """
import patentzoo as pz
model = pz.load_model(device="cpu", backend="torch")
index = pz.build_index(model, "drawings/", path="drawings.index")
print(pz.search(pz.load_index("drawings.index"), "query.png", k=5)[0].patent)
print(pz.__file__)
"""
DOCTOR = """
from patentzoo.cli import main
sys.argv = ["patentzoo", "doctor"]
main()
"""


def lines(beginning: str) -> list[str]:
    """The lines of the page's shell blocks that begin so."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    found = "".join(blocks).splitlines()
    return [line for line in found if line.startswith(beginning)]


def pip(python: str | Path, *words: str, **options: object) -> None:
    """Run pip where no index can be reached."""
    environment = {name: v for name, v in os.environ.items() if not name.startswith("PIP_")}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environment |= {"PIP_INDEX_URL": "http://127.0.0.1:9/none", "PIP_RETRIES": "0"}
    command = [str(python), "-m", "pip", "-q", *words]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder ``carried/wheels`` with the package alone: its needs are here already."""
    pytest.importorskip("hatchling")
    root = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(printed.ROOT / name, root)
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(printed.ROOT / "patentzoo", root / "patentzoo", ignore=left_out)
    (line,) = lines("pip wheel")
    words = line.split()[1:]
    # Without a network neither what the package needs nor what builds it can be fetched.
    pip(sys.executable, *words, "--no-deps", "--no-build-isolation", cwd=root)
    return root / words[words.index("--wheel-dir") + 1]


@pytest.fixture(scope="module")
def installed(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment that sees the libraries here, and the wheel."""
    root = tmp_path_factory.mktemp("installed") / "environment"
    venv.create(root, with_pip=True)
    python = root / ("Scripts" if os.name == "nt" else "bin") / "python"
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(root)}))
    (packages / "here.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    (line,) = lines("pip install")
    words = line.split()[1:]
    assert {"--no-index", "--find-links"} <= set(words)
    words[words.index("--find-links") + 1] = str(wheels)
    pip(python, *words, "--no-deps")  # which are seen by the line above, not carried
    return python


def test_the_wheel_holds_the_package_with_its_weights(wheels: Path):
    (wheel,) = wheels.iterdir()
    names = zipfile.ZipFile(wheel).namelist()
    here = {
        path.relative_to(printed.ROOT).as_posix()
        for path in (printed.ROOT / "patentzoo").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here <= set(names)
    assert all(name.startswith(("patentzoo/", "patentzoo-")) for name in names)


def run(python: Path, program: str, folder: Path, **more: str) -> subprocess.CompletedProcess:
    """Run a program that may not open a socket."""
    environment = {name: v for name, v in os.environ.items() if name != "PYTHONPATH"}
    home = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "COLUMNS": "200"}
    command = [str(python), "-c", REFUSING + program]
    environment |= home | more
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_main_lines_run_from_the_wheel_without_a_socket(installed: Path, tmp_path: Path):
    printed.lay_out(tmp_path / "work")
    done = run(installed, LINES, tmp_path / "work")
    assert done.returncode == 0, done.stderr
    patent, place = done.stdout.split()
    assert patent == "LD000015"
    assert Path(place).is_relative_to(installed.parents[1])


def test_the_doctor_opens_no_socket_where_the_page_sets_its_variables(
    installed: Path, tmp_path: Path
):
    assert installed.with_name("patentzoo").is_file() or os.name == "nt"
    (line,) = lines("export")
    told = dict(pair.split("=") for pair in line.split()[1:])
    assert set(told) == {"PATENTZOO_CACHE", "PATENTZOO_OFFLINE"}
    done = run(installed, DOCTOR, tmp_path, **told)
    assert "patentzoo" in done.stdout, done.stderr
    assert "no network here" not in done.stderr
    assert "Traceback" not in done.stderr
