"""Models compared query by query, against a bootstrap written down plainly."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from patentzoo.errors import ConfigError
from patentzoo.evaluate.differences import paired_differences
from patentzoo.evaluate.metrics import QueryScore, summarise
from patentzoo.evaluate.run import EvaluationResult


def result(model: str, precisions: dict[str, float], protocol: str = "folder") -> EvaluationResult:
    queries = tuple(
        QueryScore(name, name[0], value, 1 if value > 0.5 else 20, 1, "x")
        for name, value in precisions.items()
    )
    return EvaluationResult(protocol, "", model, "", {}, summarise(queries), queries, (), 0.0)


@pytest.fixture
def measured() -> tuple[dict[str, float], dict[str, float]]:
    rng = np.random.default_rng(0)
    names = [f"{chr(65 + patent)}{figure}" for patent in range(20) for figure in range(3)]
    hard = dict(zip(names, rng.uniform(0.1, 0.7, len(names)), strict=True))
    return hard, {name: value + 0.05 + rng.uniform(-0.02, 0.02) for name, value in hard.items()}


def test_the_interval_is_a_bootstrap_over_patents(measured):
    base, better = measured
    found = {d.metric: d for d in paired_differences([result("a", base), result("b", better)])}
    assert set(found) == {"mAP", "rank-1", "hit@10"}
    one = found["mAP"]
    assert (one.model, one.than) == ("b", "a")
    assert one.value == pytest.approx(np.mean([better[n] - base[n] for n in base]))
    rng = np.random.default_rng(1)
    patents = sorted({name[0] for name in base})
    per_patent = {p: [better[n] - base[n] for n in base if n[0] == p] for p in patents}
    means = [
        np.mean(np.concatenate([per_patent[p] for p in rng.choice(patents, len(patents))]))
        for _ in range(4000)
    ]
    assert [one.low, one.high] == pytest.approx(np.percentile(means, [2.5, 97.5]), abs=2e-3)


def test_a_small_difference_is_clear_where_the_own_intervals_overlap(measured):
    """What pairing is for."""
    base, better = measured
    first, second = result("a", base), result("b", better)
    assert first.metrics["mAP"].high > second.metrics["mAP"].low
    assert paired_differences([first, second])[0].is_clear
    turned = paired_differences([second, first])[0]
    assert turned.is_clear
    assert turned.value < 0


def test_a_model_is_no_better_than_itself(measured):
    base, _ = measured
    same = paired_differences([result("a", base), result("b", base)])
    assert [(each.value, each.low, each.high) for each in same] == [(0, 0, 0)] * 3
    assert not any(each.is_clear for each in same)
    assert paired_differences([result("a", base)]) == []
    assert paired_differences([]) == []


def test_only_shared_queries_of_one_protocol_are_compared(measured):
    base, better = measured
    fewer = dict(list(better.items())[:30])
    one = paired_differences([result("a", base), result("b", fewer)])[0]
    assert one.value == pytest.approx(np.mean([fewer[n] - base[n] for n in fewer]))
    with pytest.raises(ConfigError, match="cannot be compared"):
        paired_differences([result("a", base), result("b", better, "sheets")])
    other = dataclasses.replace(result("b", {"Z1": 0.5}))
    with pytest.raises(ConfigError, match="no query in common"):
        paired_differences([result("a", base), other])


def test_the_command_prints_models_side_by_side(run, folder):
    def printed(*more: str) -> str:
        names = ["resnet10t-arcface-linedraw", "pixels", "phash"]
        options = ["--protocol", "folder", "--data", str(folder), "--workers", "1"]
        code, text, error = run("evaluate", *names, *options, *more)
        assert code == 0, error
        return text

    text = printed()
    assert "compared with resnet10t-arcface-linedraw" in text
    assert text.count("pixels") == 2
    first, pixels, phash = json.loads(printed("--json"))
    assert "differences" not in first
    for each in (pixels, phash):
        found = each["differences"]["mAP"]
        assert found["than"] == "resnet10t-arcface-linedraw"
        expected = each["metrics"]["mAP"]["value"] - first["metrics"]["mAP"]["value"]
        assert found["value"] == pytest.approx(expected, abs=2e-6)
        assert found["low"] <= found["value"] <= found["high"]
