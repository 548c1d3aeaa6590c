"""Patents that training leaves out, and the gain that is measured on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from patentzoo.data.records import Record, RecordList, hold_out, read_folder
from patentzoo.errors import ConfigError
from patentzoo.evaluate import evaluate
from patentzoo.train.files import held_out_records, records_of
from patentzoo.train.held_out import compare
from patentzoo.train.settings import DataConfig


def listed(sizes: dict[str, int]) -> RecordList:
    records = [
        Record(f"{patent}/{number}.png", Path(patent, f"{number}.png"), patent)
        for patent, size in sizes.items()
        for number in range(size)
    ]
    return RecordList("a list", tuple(records))


def test_a_share_of_the_patents_with_two_drawings_is_held_out():
    sizes = {f"P{n}": 3 for n in range(40)} | {f"Q{n}": 1 for n in range(40)}
    training, held = hold_out(listed(sizes), 0.25)
    assert len(held.patents) == 10
    assert not held.patents & training.patents
    assert len(training) + len(held) == sum(sizes.values())
    assert all(patent.startswith("P") for patent in held.patents)
    turned = dict(reversed(sizes.items()))
    assert hold_out(listed(turned), 0.25)[1].patents == held.patents
    assert hold_out(listed(sizes), 0.0) == (listed(sizes), RecordList("a list, held out", ()))


def test_the_gazettes_figures_are_no_second_drawing():
    names = ["A/USD1-20200101-D00000.TIF", "A/USD1-20200101-D00001.TIF"]
    one = [Record(name, Path(name), "USD1") for name in names]
    two = [Record(f"B/USD2-20200101-D0000{n}.TIF", Path("B"), "USD2") for n in (0, 1, 2)]
    _, held = hold_out(RecordList("grants", (*one, *two)), 0.9)
    assert [record.id for record in held] == [record.id for record in two[1:]]


def test_a_recipe_trains_on_none_of_the_patents_it_measures_on(deeppatent):
    data = DataConfig(kind="folder", root=str(deeppatent / "I20991231"), held_out=0.25)
    training, held = records_of(data), held_out_records(data)
    everything = read_folder(data.root)
    assert training.patents | held.patents == everything.patents
    assert len(held.patents) == round(len(everything.patents) / 4)
    assert not training.patents & held.patents


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data__held_out": 1.0}, r"data.held_out in \[0, 0.9\]"),
        ({"data__held_out": 0.2}, "'folder', 'csv', 'uspto-sample' with data.held_out"),
    ],
)
def test_shares_that_make_no_sense_are_refused(recipe, change, message):
    with pytest.raises(ConfigError, match=message):
        recipe(**change)


def test_the_gain_is_the_mean_difference_query_by_query(model, make_model, deeppatent):
    folder = deeppatent / "I20991231"
    before, after = evaluate(model, "folder", folder), evaluate(make_model(3), "folder", folder)
    gain = compare(before, after)
    changes = {}
    for one, other in zip(before.queries, after.queries, strict=True):
        change = other.average_precision - one.average_precision
        changes.setdefault(one.patent, []).append(change)
    everything = [change for each in changes.values() for change in each]
    assert gain.difference.value == pytest.approx(np.mean(everything))
    assert gain.after.value - gain.before.value == pytest.approx(gain.difference.value)
    assert (gain.queries, gain.patents) == (len(everything), len(changes))
    rng = np.random.default_rng(1)
    groups = list(changes.values())
    drawn = [
        np.mean(np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))]))
        for _ in range(2000)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    assert (gain.difference.low, gain.difference.high) == pytest.approx((low, high), abs=0.01)
    assert gain.certain == (gain.difference.low > 0)
    same = compare(before, before)
    assert (same.difference.low, same.difference.high, same.certain) == (0, 0, False)
    with pytest.raises((ConfigError, ValueError)):
        compare(before, evaluate(model, "deeppatent", deeppatent))
