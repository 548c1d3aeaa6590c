"""embed(): order, ids, failures, memory, against a naive loop."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from PIL import Image

from patentzoo.embedding import embed
from patentzoo.errors import (
    BlankImageError,
    ConfigError,
    ImageArrayError,
    ImageDecodeError,
    ImageNotFoundError,
)
from patentzoo.models.preprocess import Preprocess


def naive(model, images) -> np.ndarray:
    """One image at a time, without workers or batches."""
    rows = [model.encode(model.preprocess(np.asarray(each.convert("L")))[None]) for each in images]
    return np.concatenate(rows)


@pytest.mark.parametrize("batch_size", [1, 3, 64])
@pytest.mark.parametrize("workers", [1, 4, None])
def test_rows_equal_a_naive_loop(model, draw, batch_size, workers):
    images = [draw(seed) for seed in range(11)]
    made = embed(model, images, batch_size=batch_size, workers=workers)
    np.testing.assert_allclose(made.vectors, naive(model, images), atol=1e-6)
    assert made.ids == [f"image-{i}" for i in range(11)]
    assert (made.model, made.fingerprint) == (model.name, model.fingerprint)


def test_order_holds_when_the_first_image_is_the_slowest(model, draw, monkeypatch):
    call = Preprocess.__call__

    def slow_for_wide(self, grey):
        time.sleep(0.2 if grey.shape[1] > 100 else 0)
        return call(self, grey)

    images = [draw(0, (120, 64)), *(draw(seed) for seed in range(1, 8))]
    expected = naive(model, images)
    monkeypatch.setattr(Preprocess, "__call__", slow_for_wide)
    np.testing.assert_allclose(embed(model, images, workers=4).vectors, expected, atol=1e-6)


def test_a_folder_gives_patents_and_paths(model, folder):
    made = embed(model, folder)
    assert made.ids[0] == "LD000001-D00001.png"
    assert made.metadata[0] == {
        "patent": "LD000001",
        "path": str(folder / "LD000001-D00001.png"),
        "page": None,
    }
    np.testing.assert_allclose(
        made.vectors, naive(model, [Image.open(folder / name) for name in made.ids]), atol=1e-6
    )


def test_skipped_images_are_reported_and_shift_no_id(model, folder):
    (folder / "LD000001-D00009.png").write_bytes(b"")
    Image.new("1", (40, 40), 1).save(folder / "LD000002-D00000.png")
    good = embed(model, [p for p in sorted(folder.iterdir()) if p.name not in BAD], batch_size=2)
    made = embed(model, folder, on_error="skip", batch_size=2)
    assert made.ids == good.ids
    np.testing.assert_array_equal(made.vectors, good.vectors)
    assert [failure.id for failure in made.failures] == BAD
    assert "0 bytes" in made.failures[0].reason
    assert "blank" in made.failures[1].reason


BAD = ["LD000001-D00009.png", "LD000002-D00000.png"]


def test_raising_names_the_file(model, folder):
    (folder / "LD000002-D00009.png").write_bytes(b"no picture")
    with pytest.raises(ImageDecodeError, match=r"LD000002-D00009\.png"):
        embed(model, folder)


def test_blank_pages_and_bad_arrays_are_named(model, draw):
    with pytest.raises(BlankImageError, match=r"image-1: .*blank"):
        embed(model, [draw(), Image.new("L", (30, 30), 255)])
    with pytest.raises(ImageArrayError, match=r"image-1: .*NaN"):
        embed(model, [draw(), np.full((30, 30), np.nan)])
    with pytest.raises(ImageNotFoundError, match="no such file"):
        embed(model, ["absent.png"])


def test_a_missing_folder_is_no_failure_to_skip(model, tmp_path):
    with pytest.raises(ImageNotFoundError):
        embed(model, tmp_path / "absent", on_error="skip")
    with pytest.raises(ImageNotFoundError, match="no images"):
        embed(model, tmp_path, on_error="skip")


def test_everything_skipped_gives_empty_embeddings(model):
    made = embed(model, [b"", b"x"], on_error="skip")
    assert made.vectors.shape == (0, 16)
    assert [failure.id for failure in made.failures] == ["image-0", "image-1"]


def test_two_images_of_one_id_are_refused(model, tmp_path, draw):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        draw().save(tmp_path / name / "1.png")
    with pytest.raises(ConfigError, match=r"Two images have the id '1\.png'"):
        embed(model, [tmp_path / "a" / "1.png", tmp_path / "b" / "1.png"])
    assert embed(model, tmp_path).ids == ["a/1.png", "b/1.png"]
    assert embed(model, [("x", tmp_path / "a" / "1.png"), ("y", draw())]).ids == ["x", "y"]


def test_pages_of_one_file_have_an_id_each_and_fail_apart(model, tmp_path, draw):
    file = tmp_path / "USD0000001-D00001.tif"
    sheets = [draw(0), Image.new("L", (96, 64), 255), draw(2)]
    sheets[0].save(file, save_all=True, append_images=sheets[1:])
    made = embed(model, file, on_error="skip")
    assert made.ids == [file.name, f"{file.name}#3"]
    assert [each["page"] for each in made.metadata] == [1, 3]
    assert [failure.id for failure in made.failures] == [f"{file.name}#2"]
    assert {each["patent"] for each in made.metadata} == {"USD0000001"}


def test_a_csv_adds_patents_and_metadata(model, folder, tmp_path):
    table = tmp_path / "p.csv"
    table.write_text("file,patent,class\nLD000001-D00001.png,USD1,D2-95\n")
    made = embed(model, folder, patent=table)
    assert made.metadata[0]["patent"] == "USD1"
    assert made.metadata[0]["class"] == "D2-95"
    assert made.metadata[1]["patent"] == "LD000001"


def test_a_stream_is_read_no_further_ahead_than_a_few_batches(model, draw):
    image, ahead, taken = draw(), 0, 0
    encode = model.encode

    def images():
        nonlocal taken
        for _ in range(300):
            taken += 1
            yield image

    class Watched:
        preprocess, dim, name, fingerprint = model.preprocess, 16, "m", "f"
        done = 0

        def encode(self, batch):
            nonlocal ahead
            ahead = max(ahead, taken - self.done)
            self.done += len(batch)
            return encode(batch)

    assert len(embed(Watched(), images(), batch_size=8, workers=2)) == 300
    assert ahead <= 8 + (4 * 2 + 8) + 1


def test_an_error_leaves_no_thread_behind(model, draw):
    with pytest.raises(ImageDecodeError):
        embed(model, [b"x", *[draw()] * 50], workers=3)
    assert not [t for t in threading.enumerate() if t.name.startswith("patentzoo-decode")]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"on_error": "skpi"}, "Did you mean 'skip'"),
        ({"batch_size": 0}, "at least 1"),
        ({"workers": 0}, "at least 1"),
        ({"max_pixels": 0}, "at least 1"),
    ],
)
def test_impossible_options_are_refused(model, draw, options, says):
    with pytest.raises(ConfigError, match=says):
        embed(model, [draw()], **options)


def test_progress_is_drawn_when_asked_for(model, folder, capsys):
    embed(model, folder, progress=True)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "6/6" in printed.err
    embed(model, folder)
    assert capsys.readouterr() == ("", "")
