"""Each way of calling a command, and each option that would do nothing there: wrong usage."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from typer.main import get_command

from patentzoo.cli.app import app
from patentzoo.results import Changes

WORDS = {
    "--model": "m",
    "--device": "cpu",
    "--backend": "torch",
    "--batch-size": "8",
    "--workers": "2",
    "--patents": "p.csv",
    "--metadata": "m.csv",
    "--figures": "split",
    "--photos": "lines",
    "--kind": "design",
    "--limit": "max_ratio=3",
    "--engine": "flat",
    "--storage": "int8",
    "--uri": "http://h:1",
    "--collection": "c",
    "--failures": "f.csv",
    "--protocol": "folder",
    "--data": "d",
    "--hardest-queries": "w.png",
    "--plots": "plots",
    "--queries": "9",
    "--degradation": "fax",
    "--seed": "1",
    "--out": "o",
}
"""A value of each option that takes one."""

EMBEDDING = {
    *("--model", "--device", "--backend", "--batch-size", "--workers", "--allow-urls"),
    *("--processes", "--timings"),
}
READING = {"--patents", "--metadata", "--figures", "--photos", "--kind", "--limit"}
RESULT = {"--out", "--failures", "--json"}

MODES = {
    "index --repair": (
        ["index", "-o", "ix", "--repair"],
        # What --skip-errors asks for, a repair does in any case.
        {*EMBEDDING, *RESULT, "--repair", "--skip-errors", "--prune"},
    ),
    "index --repair, drawings given": (
        ["index", "-o", "ix", "--repair", "a.png"],
        {*EMBEDDING, *RESULT, "--repair", "--skip-errors", "--prune"},
    ),
    "index --add": (
        ["index", "-o", "ix", "--add", "a.png"],
        {*EMBEDDING, *READING, *RESULT, "--add", "--skip-errors"},
    ),
    "index without drawings": (
        ["index", "-o", "ix", "--failures", "t.csv"],
        {*RESULT, "--repair"},  # which makes it a repair
    ),
    "evaluate a floor": (
        ["evaluate", "pixels", "-p", "figures"],
        {
            *(
                "--data",
                "--protocol",
                "--by-figures",
                "--allow-missing",
                "--rerank",
                "--hardest-queries",
            ),
            *("--plots", "--baselines", "--out", "--json", "--overwrite"),
        },
    ),
    "evaluate a folder": (
        ["evaluate", "-p", "folder"],
        {
            *("--data", "--protocol", "--by-figures", "--rerank", "--hardest-queries", "--plots"),
            *("--baselines", "--out", "--device", "--backend", "--batch-size", "--workers"),
            *("--json", "--overwrite"),
        },
    ),
    "evaluate by citations": (
        ["evaluate", "-p", "cited"],
        {
            *("--data", "--protocol", "--by-figures", "--rerank", "--hardest-queries", "--plots"),
            *("--baselines", "--out", "--device", "--backend", "--batch-size", "--workers"),
            *("--json", "--overwrite"),
        },
    ),
    "evaluate degraded": (
        ["evaluate", "-p", "degraded"],
        {
            *("--data", "--protocol", "--queries", "--degradation", "--seed", "--photos"),
            *("--out", "--device", "--backend", "--batch-size", "--workers", "--json"),
            "--overwrite",
        },
    ),
    "convert to the cache": (
        ["convert", "f.pth", "--card", "c"],
        {"--card", "--out", "--cache-dir", "--json"},
    ),
    "publish": (["publish", "folder", "org/name"], {"--dry-run", "--private", "--name", "--force"}),
}
"""What is typed, and the options that mean something with it."""

LISTED = ["index", "-o", "ix"]


def options_of(command: str) -> set[str]:
    """The long names of a command's options."""
    root = get_command(app)
    found = root.get_command(None, command).params
    names = {max(each.opts, key=len) for each in found}
    return {name for name in names if name.startswith("--")} - {"--help"}


def misplaced() -> Iterator[tuple[str, str]]:
    for mode, (typed, heard) in MODES.items():
        known = options_of(typed[0])
        assert heard <= known, heard - known
        yield from ((mode, name) for name in sorted(known - heard))


@pytest.mark.parametrize(("mode", "name"), list(misplaced()))
def test_an_option_that_would_do_nothing_is_wrong_usage(
    run, tmp_path, monkeypatch, mode: str, name: str
):
    monkeypatch.chdir(tmp_path)
    typed, _ = MODES[mode]
    words = [WORDS[name]] if name in WORDS else []
    code, printed, error = run(*typed, name, *words)
    assert (code, printed) == (2, "")
    told = error.splitlines()[-1]
    assert told.startswith("Error: --")
    assert f" {name} " in told
    assert "means nothing" in told or "run one, then the other" in told
    assert list(tmp_path.iterdir()) == []


def test_every_command_with_several_ways_is_here():
    counted = {typed[0] for typed, _ in MODES.values()}
    assert counted == {"index", "evaluate", "publish", "convert"}


@pytest.mark.parametrize("command", [[*LISTED, "a.png"], LISTED, ["embed", "a.png", "-o", "e.npz"]])
def test_a_table_and_json_are_not_printed_together(run, command):
    code, printed, error = run(*command, "--failures", "-", "--json")
    assert (code, printed) == (2, "")
    assert "--json and --failures - both print" in error


def test_a_repair_hears_the_options_it_takes(run, monkeypatch, tmp_path, folder, model):
    given = {}

    def repair(path, own, images, **options):
        given.update(options, path=path, model=own, images=images)
        return Changes()

    import patentzoo

    monkeypatch.setattr(patentzoo, "load_model", lambda *_, **__: model, raising=False)
    index = tmp_path / "index"
    assert run("index", folder, "-o", index)[0] == 0
    monkeypatch.setattr("patentzoo.index.repair_index", repair)
    words = ["--batch-size", 3, "--workers", 2, "--processes", "--timings", "--allow-urls"]
    code, printed, error = run("index", folder, "-o", index, "--repair", *words, "--json")
    assert code == 0, error
    assert json.loads(printed)["drawings"] == 6
    timings = given.pop("timings")
    assert timings.__name__ == "say_timings"
    assert given == {
        "path": str(index),
        "model": model,
        "images": str(folder),
        "batch_size": 3,
        "workers": 2,
        "progress": False,
        "allow_urls": True,
        "processes": True,
        "prune": False,
    }


def test_a_dry_run_says_what_private_would_do(run, monkeypatch):
    from patentzoo.zoo.publish import Published

    monkeypatch.setattr(
        "patentzoo.zoo.publish.publish", lambda *_, **__: Published("org/name", "files")
    )
    words = ["publish", "folder", "org/name", "--dry-run"]
    assert "private" not in run(*words)[1]
    assert "would be a private one" in run(*words, "--private")[1]


def test_a_variable_of_the_system_is_no_typed_option(run, tmp_path, monkeypatch):
    monkeypatch.setenv("PATENTZOO_DATA", str(tmp_path / "nowhere"))
    code, _, error = run("evaluate", "pixels", "-p", "folder")
    assert code == 1
    assert "nowhere is no folder" in error


def test_what_is_added_is_cut_as_the_index_was_built_unless_told_otherwise(
    run, monkeypatch, tmp_path, folder, model
):
    import patentzoo
    from patentzoo.index import Index

    given = []
    monkeypatch.setattr(patentzoo, "load_model", lambda *_, **__: model, raising=False)
    monkeypatch.setattr(Index, "add", lambda *_, **options: given.append(options) or Changes())
    index = tmp_path / "index"
    assert run("index", folder, "-o", index, "--figures", "split")[0] == 0
    assert run("index", folder, "-o", index, "--add")[0] == 0
    words = ["--figures", "auto", "--photos", "grey"]
    assert run("index", folder, "-o", index, "--add", *words)[0] == 0
    first, second = given
    assert not {"figures", "photos"} & first.keys()
    assert (second["figures"], second["photos"]) == ("auto", "grey")
