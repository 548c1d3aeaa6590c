"""What a run writes of itself: log, TensorBoard, Weights & Biases, curves, the bar."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from patentzoo.errors import MissingExtraError, OutputError
from patentzoo.system.progress import StageProgress
from patentzoo.train.plot import plot_run, stage_offsets
from patentzoo.train.run_log import RunLog, read
from patentzoo.train.settings import LoopConfig


def test_the_journal_writes_tensorboard_and_drops_what_will_be_written_again(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with RunLog(tmp_path, LoopConfig(), "x") as journal:
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
    with RunLog(tmp_path, loop, "x") as journal:
        (tmp_path / "log.jsonl").mkdir()
        with pytest.raises(OutputError, match="cannot be written"):
            journal.write({"stage": 0, "step": 1, "of": 1}, 1)
    with RunLog(tmp_path / "none", loop, "x", writes=False) as silent:
        silent.write({"stage": 0, "step": 1, "of": 1}, 1)
    assert not (tmp_path / "none").exists()


def test_weights_and_biases_is_optional(tmp_path, monkeypatch):
    loop = LoopConfig(tensorboard=False, wandb="project")
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(MissingExtraError, match="pip install wandb"):
        RunLog(tmp_path, loop, "x")
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
    with RunLog(tmp_path, loop, "x") as journal:
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


def test_one_bar_holds_all_stages_and_weighs_them_by_their_cost(capsys):
    with StageProgress(True, [(10, 1.0), (10, 3.0)]) as bar:
        bar.begin(0, 0, 10)
        task = bar._progress.tasks[0]
        assert (task.total, task.completed) == (40, 0)
        for _ in range(10):
            bar.advance(0.5)
        assert task.completed == 10
        bar.begin(1, 2, 10)
        assert len(bar._progress.tasks) == 1
        assert (task.total, task.completed) == (40, 16)
        bar.advance(0.25)
        assert task.completed == 19
        assert task.fields["told"] == "loss 0.250"
        assert task.fields["step"] == "3/10"
        bar.tell({"mAP": 0.5, "rank-1": 0.75})
    shown = capsys.readouterr().err
    assert "validation mAP 0.500, rank-1 0.750" in shown
    assert "{" not in shown


def test_epochs_are_counted_when_their_stage_begins():
    with StageProgress(True, [(0, 2.0), (0, 1.0)]) as bar:
        bar.begin(0, 0, 7)
        assert bar._progress.tasks[0].total == 14
        bar.begin(1, 0, 3)
        assert (bar._progress.tasks[0].total, bar._progress.tasks[0].completed) == (17, 14)


def test_without_a_terminal_a_sentence_says_the_same(caplog, monkeypatch):
    from patentzoo.system import progress

    clock = iter(range(0, 1000, 30))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    with caplog.at_level(logging.INFO, "patentzoo"), StageProgress(False, [(4, 1.0)]) as bar:
        bar.begin(0, 0, 4)
        bar.advance(2.0)
        bar.tell({"loss": 2.0, "arcface": 1.5, "images_per_second": 12.34})
        bar.tell({"mAP": 0.25})
        for _ in range(3):
            bar.advance(2.0)
        bar.tell({"loss": 2.0})
    first, second, last = (record.getMessage() for record in caplog.records)
    # One step in 30 seconds, three are left: a minute and a half.
    assert first == "stage 0, step 1 of 4: loss 2.000, 12.3 images/s, about 2 minutes left"
    assert second.startswith("stage 0, step 1 of 4: validation mAP 0.250")
    assert last == "stage 0, step 4 of 4: loss 2.000"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (89.4, "89 seconds"),
        (90, "2 minutes"),
        (3600, "60 minutes"),
        (7260, "2 hours 1 minute"),
        (10800, "3 hours"),
    ],
)
def test_times_are_told_in_words(seconds, words):
    from patentzoo.system.progress import duration

    assert duration(seconds) == words
