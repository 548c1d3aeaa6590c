"""What cannot be read keeps its place: the vectors of the others are those of a run without it."""

from __future__ import annotations

import io

import numpy as np
import pytest

from patentzoo.embedding import embed, embed_batches
from patentzoo.embedding.batcher import FAILURES_HELD

FILES = 23
BAD = [(0,), (3, 4), (22,), (0, 1, 2, 3, 4, 5, 6, 7), (5, 11, 12, 19), (1, 20, 21, 22)]


class Placed:
    """A network whose rows depend on the size of the batch and on the place in it."""

    name, fingerprint, dim = "placed", "0" * 64, 16

    def __init__(self, model) -> None:
        self.preprocess, self._encode = model.preprocess, model.encode
        self.passes: list[int] = []

    def encode(self, batch):
        self.passes.append(len(batch))
        rows = self._encode(batch)
        rows[:, 0] += 1e-5 * len(batch) + 1e-6 * np.arange(len(batch))
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def png(image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def files(draw) -> list[tuple[str, bytes]]:
    return [(f"{n}.png", png(draw(n))) for n in range(FILES)]


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 8, 32])
@pytest.mark.parametrize("bad", BAD, ids=str)
def test_neighbours_keep_their_bits(model, files, batch_size, bad):
    whole = embed(Placed(model), files, batch_size=batch_size)
    damaged = [(name, b"x" if n in bad else data) for n, (name, data) in enumerate(files)]
    part = embed(Placed(model), damaged, batch_size=batch_size, on_error="skip")
    kept = [n for n in range(FILES) if n not in bad]
    assert part.ids == [whole.ids[n] for n in kept]
    assert np.array_equal(part.vectors, whole.vectors[kept])
    assert [failure.id for failure in part.failures] == [files[n][0] for n in bad]


@pytest.mark.parametrize("damage", ["cut off", "blank", "of one id"])
def test_whatever_is_wrong_with_them(model, files, draw, damage):
    whole = embed(Placed(model), files, batch_size=4)
    name, data = files[2]
    if damage == "cut off":
        changed = (name, data[: len(data) // 2])
    elif damage == "blank":
        changed = (name, png(draw(0, (40, 40)).point(lambda _: 255)))
    else:
        changed = (files[0][0], data)
    part = embed(Placed(model), [*files[:2], changed, *files[3:]], batch_size=4, on_error="skip")
    assert len(part.failures) == 1
    assert np.array_equal(part.vectors, np.delete(whole.vectors, 2, axis=0))


def test_a_page_of_a_file_keeps_its_place_and_a_broken_file_has_one(model, files, draw):
    sheets = [draw(50 + n) for n in range(4)]
    stream = io.BytesIO()
    sheets[0].save(stream, "TIFF", save_all=True, append_images=sheets[1:])
    blank = [sheets[0], sheets[1].point(lambda _: 255), *sheets[2:]]
    other = io.BytesIO()
    blank[0].save(other, "TIFF", save_all=True, append_images=blank[1:])
    whole = embed(Placed(model), [*files[:1], ("t.tif", stream.getvalue()), *files[1:]])
    part = embed(
        Placed(model), [*files[:1], ("t.tif", other.getvalue()), *files[1:]], on_error="skip"
    )
    assert [failure.id for failure in part.failures] == ["t.tif#2"]
    assert np.array_equal(part.vectors, np.delete(whole.vectors, 2, axis=0))
    single = embed(Placed(model), [*files[:1], ("t.tif", files[5][1]), *files[1:]])
    broken = embed(Placed(model), [*files[:1], ("t.tif", b"II*\0"), *files[1:]], on_error="skip")
    assert np.array_equal(broken.vectors, np.delete(single.vectors, 1, axis=0))


def test_a_batch_of_nothing_but_failures_is_not_encoded(model, files):
    network = Placed(model)
    bad = [(name, b"x") for name, _ in files[:8]]
    made = embed(network, [*bad, *files[8:]], batch_size=4, on_error="skip")
    assert network.passes == [4] * 4
    assert len(made) == FILES - 8
    assert len(embed(Placed(model), bad, on_error="skip")) == 0


def test_a_failure_in_front_holds_up_nothing(model, files):
    damaged = [("bad", b"x"), *files]
    batches = list(embed_batches(model, damaged, batch_size=4, on_error="skip"))
    assert len(batches) >= 5
    assert [failure.id for failure in batches[0].failures] == ["bad"]
    assert batches[0].failed_in == ["bad"]


def test_failures_do_not_pile_up(model):
    bad = ((str(n), b"x") for n in range(2 * FAILURES_HELD + 100))
    given = [len(each.failures) for each in embed_batches(model, bad, on_error="skip")]
    assert given[:2] == [FAILURES_HELD, FAILURES_HELD]
    assert sum(given) == 2 * FAILURES_HELD + 100


def test_a_run_that_goes_on_gives_its_images_the_same_places(model, files):
    done = {name for name, _ in files[:9]}
    bad = [(name, b"x" if n in (10, 15) else data) for n, (name, data) in enumerate(files)]
    whole, part = (
        np.concatenate(
            [
                each.vectors
                for each in embed_batches(
                    Placed(model),
                    given,
                    batch_size=4,
                    on_error="skip",
                    skip=lambda source: source.id in done,
                )
            ]
        )
        for given in (files, bad)
    )
    assert np.array_equal(part, np.delete(whole, [1, 6], axis=0))
