"""embed_batches(): whole sources, in order, against embed(); skipping, failing, stopping."""

from __future__ import annotations

import hashlib
import threading

import numpy as np
import pytest
from PIL import Image

from patentzoo.embedding import embed, embed_batches
from patentzoo.embedding.prefetch import PAGES_AHEAD
from patentzoo.errors import ConfigError, ImageDecodeError
from patentzoo.options import ReadOptions


@pytest.fixture
def pages(tmp_path, draw):
    """A TIFF of 23 pages between two pictures."""
    root = tmp_path / "root"
    root.mkdir()
    draw(50).save(root / "a.png")
    sheets = [draw(n) for n in range(23)]
    sheets[0].save(root / "b.tif", save_all=True, append_images=sheets[1:])
    draw(51).save(root / "c.png")
    return root


def hashes(root):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in root.iterdir()}


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_batches_are_whole_sources_and_add_up_to_embed(model, pages, batch_size):
    batches = list(embed_batches(model, pages, batch_size=batch_size, workers=2))
    made = embed(model, pages, batch_size=batch_size)
    assert [name for each in batches for name in each.ids] == made.ids
    assert np.array_equal(np.concatenate([each.vectors for each in batches]), made.vectors)
    assert [row for each in batches for row in each.metadata] == list(made.metadata)
    for each in batches:
        ended = {name for name, _ in each.sources}
        assert set(each.source_of) <= ended
        assert len(each.source_of) == len(each.ids) == len(each.vectors) == len(each.metadata)
    assert [pair for each in batches for pair in each.sources] == sorted(hashes(pages).items())


def test_a_run_can_stop_after_any_batch_and_go_on(model, folder):
    whole = embed(model, folder)
    done: dict[str, np.ndarray] = {}
    known: dict[str, str] = {}
    for batch in embed_batches(model, folder, batch_size=2):
        done |= dict(zip(batch.ids, batch.vectors, strict=True))
        known |= dict(batch.sources)
        if len(known) >= 3:
            break  # Ctrl-C, say
    assert len(known) < 6
    read = 0

    def skip(source):
        return known.get(source.id) == source.content_hash()

    for batch in embed_batches(model, folder, batch_size=2, skip=skip):
        read += len(batch.sources)
        done |= dict(zip(batch.ids, batch.vectors, strict=True))
    assert read == 6 - len(known)
    assert list(done) == whole.ids
    np.testing.assert_allclose(np.stack(list(done.values())), whole.vectors, atol=1e-6)


def test_bits_do_not_depend_on_how_many_others_are_read(make_model, draw):
    """A network whose rows depend on the size of its batch, as those of matrix products do."""
    model = make_model()
    encode = model.encode

    class Sized:
        preprocess, dim, name, fingerprint = model.preprocess, 16, "m", "f"

        def encode(self, batch):
            rows = encode(batch)
            rows[:, 0] += 1e-6 * len(batch)
            return rows

    images = [(str(n), draw(n)) for n in range(11)]
    whole = embed(Sized(), images, batch_size=4)
    broken = [*images[:2], ("bad", b"x"), *images[2:9]]
    part = embed(Sized(), broken, batch_size=4, on_error="skip")
    assert part.ids == whole.ids[:9]
    assert np.array_equal(part.vectors, whole.vectors[:9])


def test_breaking_off_leaves_no_thread_behind(model, pages):
    for _ in embed_batches(model, pages, batch_size=1, workers=3):
        break
    assert not [t for t in threading.enumerate() if t.name.startswith("patentzoo-decode")]


def test_ctrl_c_stops_the_threads_and_keeps_what_was_given_out(make_model, folder):
    model = make_model()
    encode, passes = model.encode, 0

    class Interrupted:
        preprocess, dim, name, fingerprint = model.preprocess, 16, "m", "f"

        def encode(self, batch):
            nonlocal passes
            passes += 1
            if passes == 3:
                raise KeyboardInterrupt
            return encode(batch)

    given = []

    def run() -> None:
        for batch in embed_batches(Interrupted(), folder, batch_size=2):
            given.extend(batch.ids)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert given == [f"LD00000{n}-D0000{m}.png" for n in (1, 2) for m in (1, 2)]
    assert not [t for t in threading.enumerate() if t.name.startswith("patentzoo-decode")]


def test_failures_have_size_and_their_source_ends(model, folder):
    (folder / "LD000002-D00000.png").write_bytes(b"no picture")
    (folder / "LD000009-D00001.png").write_bytes(b"")
    batches = list(embed_batches(model, [*sorted(folder.iterdir()), "absent.png"], on_error="skip"))
    failures = {f.id: f.size_bytes for each in batches for f in each.failures}
    assert failures == {
        "LD000002-D00000.png": 10,
        "LD000009-D00001.png": 0,
        "absent.png": None,
    }
    ended = dict(pair for each in batches for pair in each.sources)
    assert ended == {**hashes(folder), "absent.png": ""}


def test_a_second_image_of_an_id_is_an_error_or_a_failure(model, draw):
    twins = [("a", draw(0)), ("b", draw(1)), ("a", draw(2))]
    with pytest.raises(ConfigError, match="Two images have the id 'a'"):
        list(embed_batches(model, twins))
    (batch,) = embed_batches(model, twins, on_error="skip")
    assert batch.ids == ["a", "b"]
    assert [failure.id for failure in batch.failures] == ["a"]
    (batch,) = embed_batches(model, twins, unique_ids=False)
    assert batch.ids == ["a", "b", "a"]


def test_a_long_file_is_read_no_further_ahead_than_a_few_pages(make_model, tmp_path, draw):
    sheets = [draw(n, (30, 30)) for n in range(60)]
    file = tmp_path / "long.tif"
    sheets[0].save(file, save_all=True, append_images=sheets[1:])
    model = make_model()
    encode, called = model.encode, threading.Event()
    prepared = 0

    class Counting:
        dim, name, fingerprint = 16, "m", "f"

        def preprocess(self, grey):
            nonlocal prepared
            prepared += 1
            return model.preprocess(grey)

        def encode(self, batch):
            if not called.is_set():
                threading.Event().wait(0.3)  # the reader may run ahead meanwhile
                assert prepared <= 4 + PAGES_AHEAD + 2
                called.set()
            return encode(batch)

    (batch,) = embed_batches(Counting(), file, batch_size=4, workers=2)
    assert len(batch.ids) == 60


def test_an_error_of_the_model_reaches_the_caller(model, draw, monkeypatch):
    def broken(self, grey):
        raise ZeroDivisionError

    monkeypatch.setattr(type(model.preprocess), "__call__", broken)
    with pytest.raises(ZeroDivisionError):
        list(embed_batches(model, [draw()] * 40, on_error="skip"))


def test_limits_are_settable_by_name(model, folder):
    with pytest.raises(ConfigError, match=r"unknown key 'max_pixel'. Did you mean 'max_pixels'"):
        embed(model, folder, limits={"max_pixel": 4})
    with pytest.raises(ImageDecodeError, match="max_pixels = 100"):
        embed(model, folder, limits={"max_pixels": 100})
    with pytest.raises(ConfigError, match="should be a number"):
        embed(model, folder, limits={"max_ratio": "3"})
    with pytest.raises(ConfigError, match=r"figures = 'spilt'\. Did you mean 'split'"):
        embed(model, folder, figures="spilt")
    for limit in ("max_bytes", "max_members", "max_ratio", "max_nesting"):
        with pytest.raises(ConfigError, match=f"{limit} = 0 must be at least 1"):
            ReadOptions(**{limit: 0})


def test_plain_images_stay_whole_unless_told_otherwise(model, tmp_path):
    page = Image.new("L", (900, 600), 255)
    for x in (100, 600):
        page.paste(0, (x, 200, x + 200, 400))
    page.save(tmp_path / "two.png")
    made = embed(model, tmp_path)
    assert made.ids == ["two.png"]
    assert "box" not in made.metadata[0]
    split = embed(model, tmp_path, figures="split")
    assert all("box" in row for row in split.metadata)


def test_progress_counts_finished_sources_and_failures(model, folder, capsys):
    (folder / "bad.png").write_bytes(b"x")
    embed(model, folder, progress=True, on_error="skip")
    printed = capsys.readouterr().err
    assert "7/7" in printed
    assert "1 failed" in printed
