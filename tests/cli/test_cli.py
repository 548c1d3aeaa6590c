from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from patentzoo import __version__
from patentzoo.cli.recipe_options import parse_setting
from patentzoo.errors import ConfigError
from patentzoo.zoo.registry import DEFAULT_MODEL

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def index(run: Run, folder: Path, tmp_path: Path) -> Path:
    code, _, error = run("index", folder, "--out", tmp_path / "index")
    assert code == 0, error
    return tmp_path / "index"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["search", "--help"], ["evaluate", "-h"], ["models"], ["--version"]]
)
def test_help_and_lists_load_nothing_heavy(arguments):
    program = (
        "import sys; sys.argv = ['patentzoo', *sys.argv[1:]]\n"
        "from patentzoo.cli import main\n"
        "try: main()\n"
        "finally:\n"
        "    print([m for m in ('torch', 'timm', 'faiss', 'cv2') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("[]\n")
    assert len(done.stdout.splitlines()) > 1


def test_it_also_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "patentzoo", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"patentzoo {__version__}"


def test_models_as_a_table_a_card_and_json(run: Run):
    code, printed, _ = run("models")
    assert code == 0
    assert f"{DEFAULT_MODEL} (default)" in printed
    assert f'name = "{DEFAULT_MODEL}"' in run("models", DEFAULT_MODEL)[1]
    (card,) = [c for c in json.loads(run("models", "--json")[1]) if c["name"] == DEFAULT_MODEL]
    assert card["dim"] == 256


def test_index_and_search_find_the_drawing_itself(run: Run, index: Path, folder: Path):
    query = folder / "LD000002-D00001.png"
    code, printed, error = run("search", index, query, "--json")
    assert (code, error) == (0, "")
    (found,) = json.loads(printed)
    assert found["query"] == query.name
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3, 4, 5, 6]
    best = found["hits"][0]
    assert (best["id"], best["patent"]) == (query.name, "LD000002")
    assert best["score"] == pytest.approx(1, abs=1e-4)


def test_search_by_patent_with_k_and_a_report(run: Run, index: Path, folder: Path, tmp_path: Path):
    queries = sorted(folder.glob("*-D00001.png"))
    report = tmp_path / "hits.html"
    code, printed, error = run(
        "search", index, *queries, "-k", 2, "--group-by", "patent", "--html", report, "--json"
    )
    assert code == 0
    results = json.loads(printed)
    assert len(results) == 3
    assert all(len({hit["patent"] for hit in each["hits"]}) == 2 for each in results)
    assert str(report) in error
    figures = sum(len(hit["figures"]) for each in results for hit in each["hits"])
    assert figures > 6  # a patent is shown with its other figures too
    assert report.read_text(encoding="utf-8").count("<img ") == 3 + figures
    table = run("search", index, queries[0], "--group-by", "patent")[1]
    assert table.count("LD000001-D0000") == 2  # the query's title and its own patent
    assert "LD000003" in table


def test_two_queries_of_one_name_are_told_apart(run: Run, index: Path, tmp_path: Path, draw):
    for sub in ("a", "b"):
        (tmp_path / sub).mkdir()
        draw(ord(sub)).save(tmp_path / sub / "1.png")
    first, second = tmp_path / "a" / "1.png", tmp_path / "b" / "1.png"
    code, printed, error = run("search", index, first, second, "-k", 1, "--json")
    assert code == 0, error
    assert [each["query"] for each in json.loads(printed)] == [str(first), str(second)]


def test_embed_writes_vectors_and_lists_failures(run: Run, folder: Path, tmp_path: Path):
    (folder / "LD000009-D00001.png").write_bytes(b"")
    target = tmp_path / "e.npz"
    code, _, error = run("embed", folder, "--out", target)
    assert code == 1
    assert "LD000009-D00001.png" in error
    assert not target.exists()
    code, printed, error = run("embed", folder, "--out", target, "--skip-errors", "--json")
    assert code == 0
    facts = json.loads(printed)
    assert (facts["vectors"], facts["dim"]) == (6, 256)
    assert [each["id"] for each in facts["failures"]] == ["LD000009-D00001.png"]
    assert "1 image left out" in error
    with np.load(target) as read:
        assert read["vectors"].shape == (6, 256)


def test_a_table_of_patents(run: Run, folder: Path, tmp_path: Path):
    table = tmp_path / "patents.csv"
    table.write_text("file,patent\n" + "".join(f"{p.name},P\n" for p in folder.iterdir()))
    assert run("embed", folder, "-o", tmp_path / "e.npz", "--patents", table)[0] == 0
    with np.load(tmp_path / "e.npz") as read:
        assert set(read["patents"].tolist()) == {"P"}


def test_evaluate_a_folder_with_model_and_floors(run: Run, folder: Path, tmp_path: Path):
    target = tmp_path / "result.json"
    options = ["--protocol", "folder", "--data", folder, "--baselines"]
    code, printed, error = run("evaluate", *options, "--out", target, "--json")
    assert code == 0, error
    results = json.loads(printed)
    assert [each["model"] for each in results] == [
        DEFAULT_MODEL,
        "pixels",
        "phash",
        "hog",
        "imagenet",
    ]
    assert all(each["counts"]["queries"] == 6 for each in results)
    assert all("queries" not in each for each in results)
    written = json.loads(target.read_text())["results"]
    assert [each["metrics"] for each in written] == [each["metrics"] for each in results]
    assert written[0]["command"].startswith("patentzoo evaluate --protocol folder")
    assert len(written[0]["queries"]) == 6
    table = run("evaluate", "pixels", "-p", "folder", "--data", folder)[1]
    assert "mAP" in table
    assert f"{results[1]['metrics']['mAP']['value']:.3f} [" in table


def test_demo_prints_writes_and_says_how_to_go_on(run: Run, folder: Path, tmp_path: Path):
    code, printed, error = run("demo", folder, "--out", tmp_path / "demo", "--queries", 2)
    assert code == 0, error
    assert "of 2 queries found their patent at rank 1" in printed
    assert str(tmp_path / "demo" / "report.html") in printed
    assert (tmp_path / "demo" / "report.html").is_file()
    going_on = next(line for line in printed.splitlines() if "patentzoo search" in line)
    assert run("search", going_on.split()[6], folder / "LD000001-D00001.png", "-k", 1)[0] == 0


def test_train_hands_everything_on(run: Run, tmp_path: Path, monkeypatch):
    given = {}

    def run_recipe(path, overrides, out, tiny, *, progress, overwrite):
        given.update(path=path, overrides=overrides, out=out, tiny=tiny, anew=overwrite)
        assert progress is False  # this is no terminal
        return out / "model"

    monkeypatch.setattr("patentzoo.train.run_recipe", run_recipe)
    arguments = [
        "--set",
        "loop.workers=2",
        "--set",
        "name=mine",
        "--out",
        tmp_path,
        "--tiny",
        "--overwrite",
    ]
    code, printed, _ = run("train", "recipes/a.toml", *arguments)
    assert code == 0
    assert given == {
        "path": Path("recipes/a.toml"),
        "overrides": {"loop.workers": 2, "name": "mine"},
        "out": tmp_path,
        "tiny": True,
        "anew": True,
    }
    assert str(tmp_path / "model") in printed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1", ("a", 1)),
        ("a.b = 1e-3", ("a.b", 1e-3)),
        ("a=true", ("a", True)),
        ("a=[1, 2]", ("a", [1, 2])),
        ("a=plain words", ("a", "plain words")),
        ('a="quoted"', ("a", "quoted")),
        ("a=x=y", ("a", "x=y")),
    ],
)
def test_settings_are_toml_or_words(text, expected):
    assert parse_setting(text) == expected


@pytest.mark.parametrize("text", ["a", "=1", ""])
def test_a_setting_without_a_key_is_an_error(text):
    with pytest.raises(ConfigError, match="KEY=VALUE"):
        parse_setting(text)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["models", "patentzoo-smal"], f"Did you mean '{DEFAULT_MODEL}'"),
        (["search", "nowhere", "query.png"], "nowhere"),
        (["embed", "nowhere.png", "-o", "e.npz"], "nowhere.png: no such file"),
        (["embed", "x.png", "-o", "e.csv"], ".npz or .safetensors"),
        (["embed", "https://example.org/a.png", "-o", "e.npz"], "allow"),
        (["index", ".", "-o", "ix", "--model", "nosuch"], "nosuch"),
        (["index", "x.png", "-o", "ix", "--batch-size", "0"], "--batch-size 0"),
        (["evaluate", "--data", "nowhere"], "nowhere is no folder"),
        (["evaluate", "-p", "figure"], "Did you mean 'figures'"),
        (["demo", "nowhere"], "nowhere"),
        (["train", "r.toml", "--set", "x"], "KEY=VALUE"),
    ],
)
def test_a_users_mistake_is_one_plain_message(run: Run, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    code, printed, error = run(*arguments)
    assert code == 1
    assert printed == ""
    assert error.startswith("Error: ")
    assert says in error
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


def test_k_and_group_by_are_checked_by_the_library(run: Run, index: Path, folder: Path):
    query = folder / "LD000001-D00001.png"
    assert len(json.loads(run("search", index, query, "-k", 7, "--json")[1])[0]["hits"]) == 6
    assert "-k 0 must be a whole number" in run("search", index, query, "-k", 0)[2]
    assert "Did you mean 'patent'" in run("search", index, query, "--group-by", "patents")[2]


@pytest.mark.parametrize("arguments", [["nosuch"], ["search"], ["search", "ix", "q", "--nosuch"]])
def test_wrong_usage_is_exit_code_two(run: Run, arguments):
    code, printed, error = run(*arguments)
    assert code == 2
    assert printed == ""
    assert "Usage" in error


def test_ctrl_c_is_130_without_a_traceback(run: Run, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("patentzoo.zoo.registry.list_models", interrupted)
    code, _, error = run("models")
    assert code == 130
    assert "Traceback" not in error


def test_a_message_with_brackets_is_printed_as_it_is(run: Run, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "[red]x[/red].png" in run("embed", "[red]x[/red].png", "-o", "e.npz")[2]


def test_evaluate_draws_plots(run: Run, folder: Path, tmp_path: Path):
    options = ["-p", "folder", "--data", folder, "--plots", tmp_path / "plots"]
    assert run("evaluate", "pixels", *options)[0] == 0
    names = sorted(path.name for path in (tmp_path / "plots").iterdir())
    assert names == ["hardest-queries.png", "precision-recall.png", "ranks.png"]
