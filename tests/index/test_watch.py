"""watch(): new grants against one's own designs; what is close, told once."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import patentzoo as pz
from patentzoo.errors import ConfigError, IndexMismatchError, OutputError
from patentzoo.index import build_index
from patentzoo.results import Embeddings

CLOSE = {3: 40, 20: 77}
"""New drawing -> one's own drawing it is nearly the same as."""


@pytest.fixture
def own(model, drawings, tmp_path):
    return build_index(model, drawings(420), path=tmp_path / "own")


@pytest.fixture
def new(own, drawings):
    """Thirty new drawings, two of them close to one's own."""
    made = drawings(30, seed=5, prefix="n", title="Chair", granted="2026-01-06", assignee="Acme")
    vectors = made.vectors.copy()
    rng = np.random.default_rng(1)
    for row, mine in CLOSE.items():
        moved = own.vectors[mine] + 0.01 * rng.normal(size=own.dim)
        vectors[row] = moved / np.linalg.norm(moved)
    rows = vectors.astype(np.float32)
    return Embeddings(rows, made.ids, made.metadata, made.model, made.fingerprint)


def test_what_is_close_is_told_with_whose_it_is(own, new):
    found = pz.watch(own, new)
    assert found
    assert (found.compared, len(found.alerts)) == (30, 2)
    assert {(a.drawing, a.result[0].id) for a in found.alerts} == {("n3", "d40"), ("n20", "d77")}
    row = next(row for row in found.rows() if row["new_drawing"] == "n3")
    assert (row["new_patent"], row["title"], row["owner"]) == ("N0", "Chair", "Acme")
    assert (row["own_patent"], row["granted"], row["closeness"]) == ("D5", "2026-01-06", "same")
    assert row["percentile"] == 100.0
    scores = [alert.result[0].score for alert in found.alerts]
    assert scores == sorted(scores, reverse=True)


def test_a_level_is_of_the_calibration(own, new):
    alike, very = pz.watch(own, new, level="alike"), pz.watch(own, new, level="very like")
    assert alike.min_score == pytest.approx(own.calibration.score_at(90))
    assert very.min_score == pytest.approx(own.calibration.score_at(99))
    assert len(alike.rows()) >= len(very.rows())
    assert pz.watch(own, new, level=50).min_score == pytest.approx(own.calibration.score_at(50))
    assert pz.watch(own, new, min_score=0.99999).alerts == ()
    for level in ("close", 101, float("nan")):
        with pytest.raises(ConfigError, match="level"):
            pz.watch(own, new, level=level)


def test_few_drawings_of_ones_own(model, own, new, drawings):
    few = build_index(model, drawings(420).select(range(40, 80)))
    with pytest.raises(ConfigError, match="min_score="):
        pz.watch(few, new)
    assert len(pz.watch(few, new, min_score=0.9).alerts) == 2
    many = Embeddings(
        np.concatenate([new.vectors, drawings(420, seed=8, prefix="m").vectors]),
        [*new.ids, *drawings(420, prefix="m").ids],
        [*new.metadata, *drawings(420, prefix="m").metadata],
        new.model,
        new.fingerprint,
    )
    found = pz.watch(few, many)  # by what strangers among the new ones reach
    assert {"n3", "n20"} <= {alert.drawing for alert in found.alerts}
    assert all(row["closeness"] for row in found.rows())


def test_a_filter_and_ones_own_patent_among_the_new(own, new):
    assert [a.drawing for a in pz.watch(own, new, where={"patent": "N0"}).alerts] == ["n3"]
    again = Embeddings(
        own.vectors[:14], own.ids[:14], [{"patent": f"D{i // 7}"} for i in range(14)], *made_by(own)
    )
    assert not pz.watch(own, again)


def made_by(index):
    return index.model_name, index.fingerprint


def test_a_pair_of_patents_is_told_once(own, new):
    """Two drawings of one grant are close to one design: that is one piece of news."""
    vectors = np.concatenate([new.vectors, new.vectors[3:4]])
    data = [*new.metadata, new.metadata[3]]
    twice = Embeddings(vectors, [*new.ids, "n3 again"], data, *made_by(own))
    pairs = [(row["new_patent"], row["own_patent"]) for row in pz.watch(own, twice).rows()]
    assert len(pairs) == len(set(pairs)) == 2


def test_a_memory_tells_only_news(own, new, tmp_path):
    memory = tmp_path / "told.csv"
    first = pz.watch(own, new.select(range(10)), memory=memory)
    assert [alert.drawing for alert in first.alerts] == ["n3"]
    assert not memory.exists()  # not before it has arrived
    first.remember()
    second = pz.watch(own, new, memory=memory)
    assert [alert.drawing for alert in second.alerts] == ["n20"]
    second.remember()
    assert not pz.watch(own, new, memory=memory)
    assert memory.read_text().splitlines() == ["new,own", "N0,D5", "N2,D11"]
    with pytest.raises(ConfigError, match="memory"):
        pz.watch(own, new).remember()
    (tmp_path / "mine.csv").write_text("file,patent\na,b\n")
    with pytest.raises(OutputError, match="no memory of patentzoo watch"):
        pz.watch(own, new, memory=tmp_path / "mine.csv")


def test_images_and_an_index_and_another_model(model, other_model, draw, tmp_path, own, new):
    mine = build_index(model, [("USD0000001", draw(1)), ("USD0000002", draw(2))])
    images = [("USD0000009", draw(2)), ("USD0000008", draw(30)), ("broken", b"nothing")]
    found = pz.watch(mine, images, min_score=0.9999)
    assert [(alert.patent, alert.result[0].patent) for alert in found.alerts] == [
        ("USD0000009", "USD0000002")
    ]
    assert [failure.id for failure in found.failures] == ["broken"]
    assert len(pz.watch(str(tmp_path / "own"), build_index(model, new)).alerts) == 2
    with pytest.raises(IndexMismatchError):
        pz.watch(own, build_index(other_model, [draw(1)]))


def test_reports(own, model, draw, tmp_path):
    for n in range(3):
        draw(n).save(tmp_path / f"USD000000{n}.png")
    mine = build_index(model, [tmp_path / "USD0000001.png"])
    draw(1).save(tmp_path / "USD0000009.png")
    found = pz.watch(mine, [tmp_path / "USD0000009.png"], min_score=0.99)
    found.save_csv(tmp_path / "found.csv")
    found.save_csv(tmp_path / "found.csv")
    with (tmp_path / "found.csv").open() as lines:
        (row,) = csv.DictReader(lines)
    assert (row["new_patent"], row["own_patent"]) == ("USD0000009", "USD0000001")
    found.save_html(tmp_path / "found.html")
    page = (tmp_path / "found.html").read_text()
    assert page.count("data:image/png") >= 2  # both pictures
    with pytest.raises(OutputError, match="no table"):
        found.save_csv(tmp_path / "USD0000001.png")


def test_on_the_command_line(run, own, model, draw, tmp_path, monkeypatch):
    mine = build_index(model, [("USD0000001", draw(1)), ("USD0000002", draw(2))])
    monkeypatch.setattr("patentzoo.cli.compare.open_index", lambda *_: mine)
    draw(2).save(tmp_path / "USD0000009.png")
    draw(30).save(tmp_path / "USD0000008.png")
    outputs = [f"--{name}={tmp_path / f'f.{name}'}" for name in ("html", "csv")]
    outputs.append(f"--memory={tmp_path / 'told.csv'}")
    command = ("watch", "mine", "--new", tmp_path / "USD0000009.png", "--min-score", 0.9999)
    code, printed, _ = run(*command, "--new", tmp_path / "USD0000008.png", *outputs)
    assert code == 3
    assert "USD0000009" in printed
    assert "1 pair from a score of 1.000 among 2 new drawings." in printed
    draw(1).save(tmp_path / "no patent.png")
    printed = run("watch", "mine", "--new", tmp_path / "no patent.png", "--min-score", 0.9)[1]
    assert "no patent.png" in printed  # which drawing it is, where no patent tells
    assert (tmp_path / "f.html").is_file()
    assert len((tmp_path / "f.csv").read_text().splitlines()) == 2
    code, printed, _ = run(*command, *outputs, "--json")
    assert (code, json.loads(printed)["found"]) == (0, [])
    (tmp_path / "told.csv").unlink()
    code, _, error = run(*command, "--level", "alike")
    assert (code, "--level and --min-score both" in error) == (2, True)
    code, _, error = run("watch", "mine", "--new", tmp_path / "USD0000009.png")
    assert (code, "--min-score" in error) == (1, True)
    assert "patentzoo calibrate INDEX" in error
    assert "Index.calibrate" not in error


def test_calibrate_on_the_command_line(run, model, draw, tmp_path):
    """A small index is calibrated when asked; then a level means something."""
    path = tmp_path / "small"
    mine = build_index(model, [(f"USD000000{n}", draw(n)) for n in range(1, 9)], path=path)
    with pytest.raises(ConfigError, match=r"Index\.calibrate"):
        pz.watch(mine, [("USD0000009", draw(3))])
    code, printed, error = run("calibrate", path)
    assert (code, printed.startswith("From 8 drawings: alike from ")) == (0, True), error
    scale = pz.load_index(path).calibration
    assert f"very like from {min(scale.score_at(99), 0.98):.3f}" in printed
    code, printed, _ = run("calibrate", path, "--sample", 5, "--json")
    assert (code, json.loads(printed)["drawings"]) == (0, 5)
    assert run("calibrate", path, "--sample", 0)[0] == 1
    assert len(pz.watch(pz.load_index(path, model), [("USD0000009", draw(3))]).alerts) == 1


def test_level_and_min_score_are_one_question(own, new):
    with pytest.raises(ConfigError, match="level= and min_score= both"):
        pz.watch(own, new, level="alike", min_score=0.5)
    assert pz.watch(own, new, level=0).min_score == pytest.approx(own.calibration.score_at(0))


@pytest.mark.parametrize("percentile", [200, -1, float("nan"), "90", None])
def test_a_percentile_lies_between_0_and_100(own, percentile):
    with pytest.raises(ConfigError, match="from 0 to 100"):
        own.calibration.score_at(percentile)


def test_a_table_of_what_is_told_once_keeps_what_it_holds(own, new, tmp_path):
    """Each pair is told once: the next week's table does not replace it, least by a header."""
    table, memory = tmp_path / "weeks" / "found.csv", tmp_path / "deep" / "told.csv"

    def week(drawings):
        found = pz.watch(own, drawings, memory=memory)
        found.save_csv(table)
        found.remember()
        with table.open() as lines:
            return [row["new_drawing"] for row in csv.DictReader(lines)]

    assert week(new.select(range(10))) == ["n3"]
    assert week(new.select(range(5))) == ["n3"]
    assert week(new) == ["n3", "n20"]
    pz.watch(own, new).save_csv(table)  # without a memory a table is of one run
    with table.open() as lines:
        assert next(csv.DictReader(lines))["new_drawing"] in {"n3", "n20"}
    pz.watch(own, new.select([0])).save_csv(table)
    assert len(table.read_text().splitlines()) == 1


@pytest.mark.parametrize("content", [b"new,own\na\n", b"new,own\na,b,c\n", b"new,own\n\xff,b\n"])
def test_a_memory_that_is_none(own, new, tmp_path, content):
    with pytest.raises(OutputError, match="is a folder; a memory is a CSV file"):
        pz.watch(own, new, memory=tmp_path)
    (tmp_path / "told.csv").write_bytes(content)
    with pytest.raises(OutputError, match=r"told\.csv"):
        pz.watch(own, new, memory=tmp_path / "told.csv")
    assert (tmp_path / "told.csv").read_bytes() == content


def test_every_design_that_is_close_is_told_however_many(model, drawings, tmp_path):
    one = drawings(1).vectors
    names = [f"P{n}" for n in range(8)]
    known = [{"patent": name} for name in names]
    own = build_index(
        model, Embeddings(np.repeat(one, 8, 0), names, known, model.name, model.fingerprint)
    )
    news = Embeddings(one, ["n"], [{"patent": "P0"}], model.name, model.fingerprint)
    memory = tmp_path / "told.csv"
    memory.write_text("new,own\nP0,P1\nP0,P2\n")
    rows = pz.watch(own, news, min_score=0.9, memory=memory).rows()
    assert sorted(row["own_patent"] for row in rows) == names[3:]
