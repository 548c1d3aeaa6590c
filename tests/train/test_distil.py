"""A teacher's vectors are what the pupil learns, from the same pictures."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

import patentzoo as pz
from patentzoo.errors import ModelNotFoundError, TrainingError
from patentzoo.train.distil import Teacher, teacher, with_lesson
from patentzoo.train.loop import Run


@pytest.fixture(scope="module")
def bundled():
    return pz.load_model(backend="torch")


def test_the_lesson_is_the_mean_distance_to_the_teacher():
    rng = np.random.default_rng(0)
    own, taught = rng.normal(size=(2, 5, 7))
    taught /= np.linalg.norm(taught, axis=1, keepdims=True)
    expected = np.mean([1 - a @ b / np.linalg.norm(a) for a, b in zip(own, taught, strict=True)])
    before = {"loss": torch.tensor(2.0)}
    after = with_lesson(before, torch.from_numpy(own), torch.from_numpy(taught), 3.0)
    assert float(after["lesson"]) == pytest.approx(expected)
    assert float(after["loss"]) == pytest.approx(2 + 3 * expected)


def test_the_pupil_sees_what_its_own_preprocessing_would_make(bundled):
    """Up to the order of scaling: an upright drawing through either preprocessing."""
    page = np.full((300, 240), 255, np.uint8)
    page[40:260, 60:180] = 90
    page[100:140, 90:150] = 255
    own = dataclasses.replace(
        bundled.preprocess, size_px=112, mean=0.5, std=0.5, ink_positive=False
    )
    seen = torch.from_numpy(bundled.preprocess(page)[None])
    found = Teacher(bundled, torch.device("cpu")).for_pupil(seen, own, 112)[0].numpy()
    assert found.shape == (1, 112, 112)
    assert np.abs(found - own(page)).mean() < 0.03
    size = bundled.preprocess.size_px
    same = Teacher(bundled, torch.device("cpu")).for_pupil(seen, bundled.preprocess, size)
    assert torch.equal(same, seen)


def test_the_teacher_gives_the_vectors_of_its_model(recipe, bundled):
    made = recipe(
        network__dim=bundled.dim,
        preprocess=bundled.preprocess.to_dict(),
        distil={"teacher": bundled.name},
    )
    size = bundled.preprocess.size_px
    images = np.random.default_rng(2).random((2, 1, size, size)).astype(np.float32)
    found = teacher(made, None, torch.device("cpu")).vectors(torch.from_numpy(images)).numpy()
    expected = bundled.encode(images)
    assert np.sum(found * expected, axis=1).min() > 0.99  # whatever backend it runs on


def test_a_pupil_comes_nearer_to_its_teacher(recipe, tmp_path, bundled):
    made = recipe(
        network__dim=bundled.dim,
        network__head="linear",
        preprocess=bundled.preprocess.to_dict(),
        distil={"teacher": bundled.name, "weight": 50.0},
        stage=[{"steps": 8, "size_px": 64, "warmup": 1, "lr": 3e-3, "lr_end": 3e-3}],
        loop__log_every=4,
    )
    run = Run(made, tmp_path)
    run.train()
    lessons = [line["lesson"] for line in _log(tmp_path)]
    assert lessons[-1] < lessons[0] - 0.05
    assert run.data.batch(0)[0].shape[-1] == bundled.preprocess.size_px


def test_a_teacher_that_does_not_fit_is_refused_in_words(recipe, bundled):
    with pytest.raises(TrainingError, match=r"network\.dim = 256"):
        teacher(recipe(distil={"teacher": bundled.name}), None, torch.device("cpu"))
    other = bundled.preprocess.to_dict() | {"margin": 0.2}
    made = recipe(network__dim=256, preprocess=other, distil={"teacher": bundled.name})
    with pytest.raises(TrainingError, match=r"margin = 0\.02"):
        teacher(made, None, torch.device("cpu"))
    with pytest.raises(ModelNotFoundError):
        teacher(recipe(distil={"teacher": "no-such-model"}), None, torch.device("cpu"))


def _log(folder):
    import json

    lines = (folder / "log.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]
