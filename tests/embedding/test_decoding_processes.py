"""Spawned workers against threads: the same bits; killed ones, unsendable sources, Ctrl-C."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from PIL import Image

from patentzoo.embedding import embed, embed_batches
from patentzoo.embedding import reader_pool as module
from patentzoo.errors import ImageDecodeError
from patentzoo.options import ReadOptions

KILLER = b"\x89PNG killer"
"""A file whose decoder takes its process with it, see ``dying``."""


@pytest.fixture
def mixed(folder, draw):
    """Drawings, a long TIFF, a broken file, a blank page."""
    sheets = [draw(n).convert("1") for n in range(13)]
    sheets[0].save(
        folder / "long.tif", save_all=True, append_images=sheets[1:], compression="group4"
    )
    (folder / "broken.png").write_bytes(b"no picture")
    Image.new("L", (40, 30), 255).save(folder / "blank.png")
    return folder


def no_children() -> bool:
    return not multiprocessing.active_children()


def test_processes_give_what_threads_give(model, mixed):
    threads = embed(model, mixed, batch_size=4, workers=2, on_error="skip")
    made = embed(model, mixed, batch_size=4, workers=2, on_error="skip", processes=True)
    assert made.ids == threads.ids
    assert np.array_equal(made.vectors, threads.vectors)
    assert list(made.metadata) == list(threads.metadata)
    assert [each.id for each in made.failures] == ["blank.png", "broken.png"]
    assert made.failures == threads.failures
    assert no_children()


def test_batches_have_the_same_hashes(model, folder):
    def hashes(**options):
        found = embed_batches(model, folder, workers=1, **options)
        return [pair for batch in found for pair in batch.sources]

    assert hashes(processes=True) == hashes()


def test_an_error_reaches_the_caller_and_ends_the_processes(model, mixed):
    with pytest.raises(ImageDecodeError, match=r"broken\.png: not an image"):
        embed(model, sorted(mixed.glob("b[r]*.png")), workers=1, processes=True)
    assert no_children()


def test_breaking_off_ends_the_processes(model, mixed):
    for _ in embed_batches(model, mixed, batch_size=1, workers=1, on_error="skip", processes=True):
        break
    assert no_children()


def test_what_cannot_be_sent_is_read_here_and_the_log_says_so(model, folder, draw, caplog):
    options = ReadOptions(label=lambda name, path, patent: None)
    images = [*sorted(folder.iterdir()), ("array", np.asarray(draw(3))), ("image", draw(4))]
    threads = list(embed_batches(model, images, workers=1))
    with caplog.at_level(logging.WARNING):
        made = list(embed_batches(model, images, workers=1, options=options, processes=True))
    assert [batch.ids for batch in made] == [batch.ids for batch in threads]
    assert np.array_equal(made[0].vectors, threads[0].vectors)
    (record,) = caplog.records
    assert "read in threads" in record.message


def test_members_of_archives_are_sent_with_their_bytes(model, folder, tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    threads = embed(model, tmp_path / "all.zip")
    made = embed(model, tmp_path / "all.zip", workers=1, processes=True)
    assert made.ids == threads.ids
    assert np.array_equal(made.vectors, threads.vectors)


class Deadly:
    """A preprocessing step at which one kind of page kills its process."""

    size_px, size = 32, (32, 32)

    def __init__(self, preprocess):
        self._preprocess = preprocess

    def __call__(self, grey):
        if grey.shape == (7, 11):
            os.kill(os.getpid(), signal.SIGKILL)
        return self._preprocess(grey)


class DeadlyModel:
    def __init__(self, model):
        self.preprocess = Deadly(model.preprocess)
        self.encode, self.dim, self.name = model.encode, model.dim, model.name
        self.fingerprint = model.fingerprint


def test_a_killed_process_is_a_failure_of_its_file_and_nothing_else_is_lost(model, folder):
    Image.new("L", (11, 7), 0).save(folder / "LD000002-D00000.png")
    killed = DeadlyModel(model)
    expected = embed(model, sorted(folder.glob("*D0000[12].png")), batch_size=100)
    made = embed(killed, folder, workers=2, on_error="skip", processes=True, batch_size=100)
    assert made.ids == expected.ids
    np.testing.assert_allclose(made.vectors, expected.vectors, atol=1e-6)
    (failure,) = made.failures
    assert failure.id == "LD000002-D00000.png"
    assert "came to an end (signal 9)" in failure.reason
    with pytest.raises(ImageDecodeError, match=r"LD000002-D00000\.png: the process"):
        embed(killed, folder, workers=1, processes=True)
    assert no_children()


def test_a_fault_of_ours_is_raised_as_it_is(model, folder):
    class Faulty(DeadlyModel):
        def __init__(self, model):
            super().__init__(model)
            self.preprocess = FaultyStep()

    with pytest.raises(ZeroDivisionError):
        embed(Faulty(model), folder, workers=1, on_error="skip", processes=True)
    assert no_children()


class FaultyStep:
    size_px, size = 32, (32, 32)

    def __call__(self, grey):
        raise ZeroDivisionError


def test_one_query_starts_no_process(model, draw, monkeypatch):
    import patentzoo as pz

    monkeypatch.setattr(module, "_Worker", None)
    index = pz.build_index(model, [("a", draw(1))])
    assert pz.search(index, draw(1), k=1)[0].id == "a"


def test_a_script_without_its_guard_is_told(folder, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys
        sys.path[:0] = {sys.path!r}
        import patentzoo as pz
        from patentzoo.embedding import embed_batches
        from patentzoo.embedding.page_reader import Reader

        class Step:
            size_px, size = 32, (32, 32)

        class Model:
            preprocess, dim, name, fingerprint = Step(), 16, "m", "f"

        list(embed_batches(Model(), {str(folder)!r}, workers=1, processes=True))
        """)
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert 'below `if __name__ == "__main__":`' in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a group of processes")
def test_ctrl_c_ends_everything_without_a_word_of_the_workers(folder, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(f"""
        import os, signal, sys, time
        sys.path[:0] = {sys.path!r}
        import numpy as np
        from patentzoo.embedding import embed_batches
        from patentzoo.models.preprocess import Preprocess

        class Model:
            preprocess, dim, name, fingerprint = Preprocess(size_px=32), 16, "m", "f"

            def encode(self, batch):
                os.killpg(0, signal.SIGINT)
                time.sleep(60)

        if __name__ == "__main__":
            signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored under nohup
            try:
                list(embed_batches(Model(), {str(folder)!r}, batch_size=1, processes=True))
            except KeyboardInterrupt:
                import multiprocessing
                print("stopped", len(multiprocessing.active_children()))
        """)
    )
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        timeout=120,
        start_new_session=True,
    )
    assert done.stdout == "stopped 0\n"
    assert done.stderr == ""
