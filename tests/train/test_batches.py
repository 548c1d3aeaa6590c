"""Batches: number n is the same whoever makes it; what is asked for is what comes."""

from __future__ import annotations

import itertools
import pickle

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from patentzoo.errors import BlankImageError, ConfigError
from patentzoo.train.dataset import DrawingBatches


@pytest.fixture
def batches(recipe):
    def make(start=0, **changes):
        r = recipe(**changes)
        return DrawingBatches(r.data, r.loop, r.preprocess, r.seed, start)

    return make


@pytest.fixture
def figures(tmp_path):
    """Five patents, one drawing each."""
    for number in range(5):
        grey = np.full((80, 90), 255, np.uint8)
        grey[10:70, 10 : 30 + 10 * number] = 0
        grey[20:60, 15:25] = 255
        Image.fromarray(grey).save(tmp_path / f"USD000000{number}.png")
    return str(tmp_path)


def equal(one, other) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_batch_has_its_classes_and_views(batches):
    images, labels = batches().batch(0)
    assert images.shape == (6, 1, 32, 32)
    assert images.dtype == torch.float32
    assert labels.dtype == torch.int64
    assert (labels.reshape(3, 2) == labels[::2, None]).all()
    assert len(set(labels.tolist())) == 3
    assert images.amax(dim=(1, 2, 3)).min() > 0.5  # ink on every one


def test_batch_n_is_the_same_from_any_object_and_start(batches):
    one, other = batches(), batches(start=2)
    third = next(itertools.islice(iter(one), 2, None))
    assert equal(third, next(iter(other)))
    assert equal(third, other.batch(2))
    assert not equal(third, other.batch(3))
    assert not torch.equal(third[0], batches(seed=6).batch(2)[0])


@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # on one or two cores
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_batches_do_not_depend_on_the_number_of_workers(batches, workers):
    data = batches()
    loader = DataLoader(data, batch_size=None, num_workers=workers)
    for number, made in enumerate(itertools.islice(loader, 5)):
        assert equal(made, data.batch(number))


def test_spawned_workers_load_the_drawings_themselves(batches):
    """macOS and Windows start workers afresh: what is sent there must be small and enough."""
    data = batches()
    expected = data.batch(4)
    assert {"drawings", "chances"} <= set(vars(data))
    sent = pickle.dumps(data)
    assert len(sent) < 4000
    copy = pickle.loads(sent)
    assert not {"drawings", "chances", "figures"} & set(vars(copy))
    assert equal(copy.batch(4), expected)


@pytest.mark.slow
def test_a_loader_that_spawns_its_workers_gives_the_same_batches(batches):
    data = batches()
    loader = DataLoader(data, batch_size=None, num_workers=1, multiprocessing_context="spawn")
    assert equal(next(iter(loader)), data.batch(0))


def test_sources_are_drawn_by_their_weight(batches):
    data = batches()
    assert data.class_count == len(data.drawings) == 9
    assert data.chances == pytest.approx([1 / 12] * 6 + [2 / 12] * 3)


def test_real_figures_take_their_share_behind_the_solids(batches, figures):
    data = batches(data__figures=figures, data__figures_share=0.4, loop__classes=5)
    assert data.class_count == 9 + 5
    for number in range(4):
        labels = data.batch(number)[1].tolist()
        assert sum(label >= 9 for label in labels) == 2 * 2
        assert len(set(labels)) == 5


def test_excluded_patents_end_the_run(batches, figures):
    data = batches(data__figures=figures, data__exclude=["USD0000003"])
    with pytest.raises(ConfigError, match=r"USD0000003.* must not be trained on"):
        _ = data.class_count


@pytest.mark.parametrize("changes", [{"loop__classes": 10}, {"loop__classes": 40}])
def test_too_few_classes_are_an_error(batches, changes):
    with pytest.raises(ConfigError, match="too few"):
        _ = batches(**changes).class_count


def test_too_few_figures_are_an_error(batches, figures):
    data = batches(data__figures=figures, data__figures_share=0.9, loop__classes=8)
    with pytest.raises(ConfigError, match="9 solids and 5 real figures are too few"):
        _ = data.class_count


def test_a_drawing_distorted_to_nothing_is_taken_plain(batches, monkeypatch):
    plain = batches()
    monkeypatch.setattr(
        "patentzoo.train.dataset.distort_synthetic", lambda grey, rng: np.full_like(grey, 255)
    )
    with pytest.raises(BlankImageError):
        plain.preprocess(np.full((9, 9), 255, np.uint8))
    assert plain.batch(0)[0].amax(dim=(1, 2, 3)).min() > 0.5
