"""Batches of pictures that are read: each number the same, each epoch all of them."""

from __future__ import annotations

import dataclasses
import itertools
import pickle
from collections import Counter

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import transforms

from patentzoo.data.deeppatent import LISTS, DeepPatent
from patentzoo.errors import BlankImageError, ConfigError, ImageNotFoundError, TrainingError
from patentzoo.models.preprocess import Preprocess
from patentzoo.train.files import FileBatches, records_of
from patentzoo.train.pictures import augmented, reference
from patentzoo.train.settings import AUGMENTATIONS, DataConfig, LoopConfig
from patentzoo.zoo.registry import find_card

REFERENCE = dataclasses.replace(find_card("swinv2-arcface-dpat").preprocess, size_px=48)


@pytest.fixture
def batches(deeppatent):
    def make(share=(0, 1), seed=3, classes=4, views=2, **data):
        config = DataConfig(**({"kind": "deeppatent", "root": str(deeppatent)} | data))
        loop = LoopConfig(classes=classes, views=views)
        return FileBatches(config, loop, Preprocess(size_px=32), seed, share=share)

    return make


def equal(one, other) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("sampler", ["m-per-class", "shuffle", "two-views"])
def test_batch_n_is_the_same_from_any_object(batches, sampler):
    one, other = batches(sampler=sampler), pickle.loads(pickle.dumps(batches(sampler=sampler)))
    other.start = 2
    assert equal(next(itertools.islice(iter(one), 2, None)), next(iter(other)))
    assert not torch.equal(one.batch(2)[0], one.batch(3)[0])
    assert not torch.equal(one.batch(2)[0], batches(seed=4, sampler=sampler).batch(2)[0])
    images, labels = one.batch(0)
    assert images.shape == (8, 1, 32, 32)
    assert (images.dtype, labels.dtype) == (torch.float32, torch.int64)
    assert int(labels.max()) < one.class_count


def test_m_per_class_shows_views_of_each_class(batches):
    data = batches()
    labels = [data.batch(n)[1].tolist() for n in range(data.steps_per_epoch)]
    assert all(set(Counter(row).values()) == {2} and len(set(row)) == 4 for row in labels)
    assert len({tuple(row) for row in labels}) > 1
    rows = data.order(0)
    pairs = rows.reshape(-1, 2)
    assert (pairs[:, 0] != pairs[:, 1]).all()  # two different figures of a patent


def test_shuffle_shows_every_picture_once_an_epoch(batches, deeppatent):
    data = batches(sampler="shuffle")
    there = len(DeepPatent(deeppatent).read("train"))
    assert len(data.files) == there
    sizes = [len(data.batch(n)[1]) for n in range(data.steps_per_epoch)]
    assert sum(sizes) == there - (there % 8 == 1)
    assert sorted(data.order(0).tolist()) == list(range(there))
    assert data.order(0).tolist() != data.order(1).tolist()


def test_two_views_are_two_distortions_of_one_picture(batches):
    data = batches(sampler="two-views", augment="strong")
    images, labels = data.batch(0)
    assert data.class_count == len(data.files)
    assert (labels.reshape(-1, 2)[:, 0] == labels.reshape(-1, 2)[:, 1]).all()
    assert len(set(labels.tolist())) == 4
    pairs = images.reshape(4, 2, -1)
    assert not any(torch.equal(pair[0], pair[1]) for pair in pairs)


@pytest.mark.parametrize("sampler", ["m-per-class", "shuffle"])
def test_processes_share_a_batch(batches, sampler):
    for number in (0, batches(sampler=sampler).steps_per_epoch - 1):
        whole = batches(sampler=sampler).batch(number)
        parts = [batches(sampler=sampler, share=(rank, 2)).batch(number) for rank in (0, 1)]
        images = torch.cat([part[0] for part in parts])
        assert torch.equal(images, whole[0][: len(images)])
        assert len(whole[0]) - len(images) < 2
        assert torch.equal(parts[0][1], parts[1][1])


def test_missing_pictures_stop_the_run_or_are_reported(batches, deeppatent, tmp_path, caplog):
    for file in LISTS.values():
        if (deeppatent / file).exists():
            (tmp_path / file).write_bytes((deeppatent / file).read_bytes())
    train = tmp_path / LISTS["train"]
    train.write_text(train.read_text() + "I1/USD1-1/USD1-1-D00001.png 999\n")
    with pytest.raises(ImageNotFoundError, match=r"USD1-1-D00001\.png.*data\.missing = 'report'"):
        batches(lists=str(tmp_path))
    data = batches(lists=str(tmp_path), missing="report")
    assert data.missing == ("I1/USD1-1/USD1-1-D00001.png",)
    assert "1 listed pictures are missing" in caplog.text


def test_a_broken_picture_stops_the_run_or_gives_way_to_its_sibling(tmp_path, caplog):
    for patent in "AB":
        (tmp_path / patent).mkdir()
        for view in (1, 2):
            Image.new("L", (30, 30), 0).save(tmp_path / patent / f"{view}.png")
    (tmp_path / "A" / "1.png").write_bytes(b"broken")
    Image.new("L", (30, 30), 255).save(tmp_path / "B" / "2.png")  # blank
    loop, pre = LoopConfig(classes=2, views=2), Preprocess(size_px=16)
    data = DataConfig(kind="folder", root=str(tmp_path), augment="none")
    with pytest.raises(TrainingError, match=r"1\.png|2\.png"):
        FileBatches(data, loop, pre, 0).batch(0)
    kept = DataConfig(kind="folder", root=str(tmp_path), augment="none", missing="report")
    images, labels = FileBatches(kept, loop, pre, 0).batch(0)
    assert labels.tolist() == sorted(labels.tolist(), reverse=labels[0] > labels[-1])
    assert images.amax(dim=(1, 2, 3)).min() > 0.5
    assert "left out" in caplog.text


def test_other_kinds_are_read(deeppatent, tmp_path):
    root = deeppatent / "I20991231"
    by_folder = records_of(DataConfig(kind="folder", root=str(root)))
    assert len(by_folder.patents) == 24
    rows = [f"{record.id},{record.patent}" for record in by_folder]
    table = tmp_path / "t.csv"
    table.write_text("\n".join(["file,patent", *rows]), encoding="utf-8")
    by_table = records_of(DataConfig(kind="csv", root=str(root), table=str(table)))
    assert by_table.patents == by_folder.patents
    unlabelled = records_of(DataConfig(kind="unlabelled", root=str(root)))
    assert len(unlabelled) == len(by_folder)


def test_an_evaluations_patent_is_refused(deeppatent):
    patent = min(DeepPatent(deeppatent).read("train").patents)
    data = DataConfig(kind="deeppatent", root=str(deeppatent), exclude=(patent,))
    with pytest.raises(ConfigError, match=rf"{patent} is of an evaluation"):
        records_of(data)


def test_too_few_classes_are_named(batches):
    with pytest.raises(ConfigError, match="too few for batches of 99"):
        batches(classes=99)


def figure() -> np.ndarray:
    grey = np.full((90, 140), 255, np.uint8)
    grey[20:24, 10:130] = 0
    grey[20:80, 60:64] = 110
    return grey


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentations_repeat_with_their_seed(name):
    grey = figure()
    made = [augmented(name, grey, REFERENCE, np.random.default_rng(s)) for s in (1, 1, 2, 3, 4)]
    assert np.array_equal(made[0], made[1])
    assert made[0].shape == (1, 48, 48)
    assert np.array_equal(grey, figure())
    different = {array.tobytes() for array in made}
    assert (len(different) > 1) == (name != "none")


def test_a_blank_picture_is_an_error_but_for_the_reference():
    blank = np.full((40, 40), 255, np.uint8)
    with pytest.raises(BlankImageError):
        augmented("erase", blank, REFERENCE, np.random.default_rng(0))
    assert (reference(blank, REFERENCE, np.random.default_rng(0)) == 1).all()


def test_the_reference_transform_without_its_chances_is_a_plain_crop():
    """One page in eight is neither mirrored, blurred nor erased; one in eight is erased alone."""
    blocks = np.random.default_rng(5).random((15, 23)) < 0.5
    grey = np.where(np.kron(blocks, np.ones((6, 6))), 0, 255).astype(np.uint8)
    resized = np.asarray(transforms.Resize(48)(Image.fromarray(grey)), np.float32) / 255
    crops = [(resized[:, x : x + 48] - 0.5) / 0.5 for x in range(resized.shape[1] - 47)]
    same = []
    for seed in range(160):
        made = reference(grey, REFERENCE, np.random.default_rng(seed))[0]
        same.append(max((np.abs(made - crop) < 1e-5).mean() for crop in crops))
    plain = sum(share == 1 for share in same)
    erased = sum(0.66 < share < 0.92 for share in same)  # what is white stays as it is
    assert 8 < plain < 40
    assert 8 < erased < 40


def test_the_reference_erases_a_white_rectangle_of_its_size():
    """On a black page every white pixel is erased: 22 to 33 % of the area, half of the time."""
    black = np.zeros((60, 60), np.uint8)
    shares = [
        float((reference(black, REFERENCE, np.random.default_rng(seed)) == 1).mean())
        for seed in range(200)
    ]
    hit = [share for share in shares if share > 0]
    assert len(hit) / 200 == pytest.approx(0.5, abs=0.15)
    assert min(hit) > 0.2
    assert max(hit) < 0.35


def test_erasing_changes_no_stroke_elsewhere():
    plain = figure()
    for seed in range(20):
        made = augmented("erase", plain, REFERENCE, np.random.default_rng(seed))
        both = [REFERENCE(plain), REFERENCE(np.ascontiguousarray(plain[:, ::-1]))]
        assert min((made < each - 1e-6).sum() for each in both) == 0  # ink only goes
