"""Embeds damaged files between good ones, one after another, and watches what happens.

From the command line, with the figures of docs/sources-measured.md:

    python tests/images/fuzz/fuzzing.py --count 2000 --out docs/results/fuzz.json
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from hostile import ENTITY  # noqa: E402
from mutations import Named, mutate  # noqa: E402
from sheets import granted_sheet, pdf, sheet  # noqa: E402
from stub import Placed  # noqa: E402

from patentzoo.embedding import EmbeddedBatch, embed_batches  # noqa: E402
from patentzoo.sources import read_pages  # noqa: E402

LIMIT_S = 10.0
_PATIENCE = 30
"""A test machine may be so many times slower than its own CPU time says."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FORBIDDEN = ("os.rename", "os.mkdir", "os.symlink", "os.link", "shutil.", "subprocess.", "socket.")


@dataclass
class Report:
    """What happened to how many files."""

    files: int = 0
    read: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    slowest: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "files": self.files,
            "read": sum(self.read.values()),
            "in_failures": sum(self.failed.values()),
            "slowest_cpu_s": round(self.slowest_s, 2),
            "by_mutation": {
                name: {"read": self.read[name], "in_failures": self.failed[name]}
                for name in sorted(self.read | self.failed)
            },
        }


class Watch:
    """Hears of every file that is opened for writing, of every secret read; off at first."""

    def __init__(self, secret: str) -> None:
        self.on = False
        self.seen: list[str] = []
        self._secret = secret
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open":
            path, _, flags = arguments
            # Bytecode and the terminal are Python's own business.
            own = isinstance(path, int) or "__pycache__" in str(path) or path == os.devnull
            if str(path) == self._secret or ((flags or 0) & _WRITING and not own):
                self.seen.append(f"open {path} {flags}")
        elif event.startswith(_FORBIDDEN):
            self.seen.append(f"{event} {arguments}")

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear what happens in the block; AssertionError if anything forbidden did."""
        self.on = True
        try:
            yield
        finally:
            self.on = False
        assert not self.seen, self.seen


def within(limit_s: float, work: Callable[[], Any], what: str) -> Any:
    """The result of ``work``; AssertionError if it takes longer, its own error if it has one."""
    result: list[Any] = []

    def run() -> None:
        try:
            result.append((work(), None))
        except BaseException as error:  # whatever it is, the test is to see it
            result.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    cpu, wall = time.process_time(), time.monotonic()
    thread.start()
    while thread.is_alive():
        thread.join(min(limit_s, 0.5))
        # Work is measured in CPU time, which a busy machine does not stretch; waiting in wall time.
        busy, waited = time.process_time() - cpu, time.monotonic() - wall
        hangs = busy > limit_s or waited > _PATIENCE * limit_s
        assert not (thread.is_alive() and hangs), f"{what}: still at work after {limit_s} s"
    value, error = result[0]
    if error is not None:
        raise AssertionError(f"{what}: {type(error).__name__}: {error}") from error
    return value


class Fuzz:
    """Good files, the folder they stand in, and what they are expected to give."""

    def __init__(self, root: Path, model: Any) -> None:
        self.model = model
        self.secret = root / "secret.txt"
        self.secret.write_text("secret")
        self.watch = Watch(str(self.secret))
        self.folder = root / "work" / "deeper" / "folder"
        self.folder.mkdir(parents=True)
        for number, name in enumerate(("!first.png", "zz-last.tif")):
            sheet(number, (40, 30)).convert("1").save(self.folder / name)
        self.report = Report()
        self.around = self._listing(root)
        self.root = root
        _load_libraries()
        self.good = sorted(self._embedded()[0])
        self._expected: dict[int, dict[str, bytes]] = {}

    def try_files(self, kind: str, files: Iterable[Named]) -> None:
        """Embed some files between the good ones; AssertionError if anything is amiss."""
        for name, data in files:
            target = self.folder / "m" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            self._try(kind, f"m/{name}")
            shutil.rmtree(self.folder / "m")
        assert self._listing(self.root) == self.around, "something was left on disk"

    def _try(self, kind: str, name: str) -> None:
        began = time.process_time()
        with self.watch.listening():
            ids, (vectors, metadata, failed) = within(LIMIT_S, self._embedded, f"{kind} {name}")
        took = time.process_time() - began
        self._check_neighbours(name, ids, vectors)
        others = [each for each in [*ids, *failed] if each not in self.good]
        assert all(each.startswith("m/") for each in others), (name, others)
        reported = bool(others) or _is_xml(name) or not _is_looked_for(name)
        assert reported, f"{kind} {name}: neither read nor in failures"
        text = json.dumps([ids, metadata, failed])
        assert ENTITY not in text, f"{name}: an entity was expanded"
        assert "secret" not in json.dumps(metadata), name
        self.report.files += 1
        (self.report.failed if failed else self.report.read)[kind] += 1
        if took > self.report.slowest_s:
            self.report.slowest_s, self.report.slowest = took, name

    def _check_neighbours(self, name: str, ids: list[str], vectors: Any) -> None:
        """The good files beside a damaged one have the vectors they have beside a good one."""
        places = self.places - len(self.good)
        if places not in self._expected:
            self._expected[places] = self._beside(places)
        good = {each: vectors[ids.index(each)].tobytes() for each in self.good}
        assert good == self._expected[places], f"{name}: the good files changed"

    def _beside(self, pages: int) -> dict[str, bytes]:
        """What the good files give beside a good one of so many pages."""
        kept = self.folder / "m"
        kept.rename(self.root / "aside")
        if pages:
            kept.mkdir()
            first, *more = [sheet(n, (40, 30)).convert("1") for n in range(pages)]
            first.save(kept / "good.tif", save_all=True, append_images=more)
        ids, (vectors, _, failed) = self._embedded()
        assert (len(ids), failed) == (pages + len(self.good), {})
        if pages:
            shutil.rmtree(kept)
        (self.root / "aside").rename(kept)
        return {each: vectors[ids.index(each)].tobytes() for each in self.good}

    def _embedded(self) -> tuple[list[str], tuple[Any, ...]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of much before it fails
            batches: list[EmbeddedBatch] = list(
                embed_batches(
                    self.model,
                    self.folder,
                    batch_size=4,
                    workers=2,
                    on_error="skip",
                )
            )
        ids = [name for each in batches for name in each.ids]
        rows = np.concatenate([each.vectors for each in batches])
        metadata = [row for each in batches for row in each.metadata]
        failures = {f.id: f.reason for each in batches for f in each.failures}
        lost = [f.id for each in batches for f in each.failures if not _is_xml(f.id)]
        self.places = len(ids) + len(lost)
        failures |= {left.id: left.reason for each in batches for left in each.left_out}
        return ids, (rows, metadata, failures)

    @staticmethod
    def _listing(root: Path) -> list[tuple[str, int]]:
        return sorted((str(p), p.stat().st_size) for p in root.rglob("*") if p.is_file())


def _load_libraries() -> None:
    """What is imported at its first use looks for its parts with programs of the system."""
    page = granted_sheet(sheet(1, (300, 400), label="FIG. 1"), 100)
    assert read_pages(pdf([page], 100))


def _is_xml(name: str) -> bool:
    return name.lower().endswith(".xml")


def _is_looked_for(name: str) -> bool:
    from patentzoo.sources.paths import _FOUND

    return name.lower().endswith(_FOUND)


def fuzz(root: Path, model: Any, corpus: list[Named], count: int, seed: int) -> Report:
    """Damage ``count`` files of a corpus, each alone between good ones."""
    rng = np.random.default_rng(seed)
    run = Fuzz(root, model)
    for number in range(count):
        kind, named = mutate(rng, corpus, number)
        run.try_files(kind, [named])
        if (number + 1) % 100 == 0:
            sys.stderr.write(f"{number + 1} files\n")
    return run.report


def main() -> None:
    """Fuzz real files and write the counts."""
    from corpus import made, real

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    corpus = real(given.shared) + made()
    with tempfile.TemporaryDirectory() as folder:
        report = fuzz(Path(folder), Placed(), corpus, given.count, given.seed)
    result = {"seed": given.seed, "corpus_files": len(corpus), **report.to_dict()}
    text = json.dumps(result, indent=1)
    sys.stdout.write(text + "\n")
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
