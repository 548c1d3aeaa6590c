"""What a run writes of itself: log, TensorBoard, Weights & Biases, curves, the bar."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from patentzoo.errors import MissingExtraError, OutputError
from patentzoo.system.progress import StageProgress
from patentzoo.train.plot import plot_run, stage_offsets
from patentzoo.train.run_log import Journal, read
from patentzoo.train.settings import LoopConfig


def test_the_journal_writes_tensorboard_and_drops_what_will_be_written_again(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with Journal(tmp_path, LoopConfig(), "x") as journal:
        for step in (2, 4, 6):
            journal.write({"stage": 0, "step": step, "of": 6, "loss": 1 / step}, step)
        journal.rewind(0, 4)
    assert [line["step"] for line in read(tmp_path / "log.jsonl")] == [2, 4]
    events = EventAccumulator(str(tmp_path / "events"))
    events.Reload()
    values = [event.value for event in events.Scalars("loss")]
    assert values == pytest.approx([1 / 2, 1 / 4, 1 / 6], rel=1e-6)


def test_a_journal_that_cannot_be_written_says_so(tmp_path):
    loop = LoopConfig(tensorboard=False)
    with Journal(tmp_path, loop, "x") as journal:
        (tmp_path / "log.jsonl").mkdir()
        with pytest.raises(OutputError, match="cannot be written"):
            journal.write({"stage": 0, "step": 1, "of": 1}, 1)
    with Journal(tmp_path / "none", loop, "x", writes=False) as silent:
        silent.write({"stage": 0, "step": 1, "of": 1}, 1)
    assert not (tmp_path / "none").exists()


def test_weights_and_biases_is_optional(tmp_path, monkeypatch):
    loop = LoopConfig(tensorboard=False, wandb="project")
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(MissingExtraError, match="pip install wandb"):
        Journal(tmp_path, loop, "x")
    logged = []

    class Fake:
        @staticmethod
        def init(**settings):
            return Fake()

        @staticmethod
        def log(values, step):
            logged.append((values, step))

        @staticmethod
        def finish():
            logged.append("finished")

    monkeypatch.setitem(sys.modules, "wandb", Fake)
    with Journal(tmp_path, loop, "x") as journal:
        journal.write({"stage": 0, "step": 1, "of": 1, "loss": 2.0}, 7)
    assert logged == [({"loss": 2.0}, 7), "finished"]


def test_a_cut_off_log_is_read_up_to_the_cut(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"stage": 0, "step": 1, "of": 4}\n{"stage": 0, "st', encoding="utf-8")
    assert [line["step"] for line in read(path)] == [1]


def test_curves_are_drawn_from_the_log(tmp_path, monkeypatch, caplog):
    assert plot_run(tmp_path) is None
    rows = [
        {"stage": 0, "step": 2, "of": 4, "loss": 2.0},
        {"stage": 0, "step": 4, "of": 4, "loss": 1.5, "mAP": 0.2},
        {"stage": 1, "step": 3, "of": 3, "loss": 1.0, "mAP": 0.4},
    ]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert stage_offsets(rows) == {0: 0, 1: 4}
    assert plot_run(tmp_path).stat().st_size > 5000
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with caplog.at_level(logging.INFO, "patentzoo"):
        assert plot_run(tmp_path) is None
    assert "matplotlib is not installed" in caplog.text


def test_the_bar_counts_and_stands_still_when_not_shown(capsys):
    with StageProgress(True) as bar:
        bar.begin(0, 1, 3)
        bar.advance(0.5)
        assert bar._progress.tasks[0].completed == 2
    assert "stage 0" in capsys.readouterr().err
    with StageProgress(False) as bar:
        bar.begin(0, 1, 3)
        bar.advance(0.5)
    assert capsys.readouterr().err == ""
