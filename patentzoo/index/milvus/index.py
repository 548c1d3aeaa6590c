"""The Index of a collection: searched and changed as one in a folder."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from typing import TYPE_CHECKING, Any, NoReturn, Unpack, cast

import numpy as np
import numpy.typing as npt

from patentzoo.embedding import embed_batches
from patentzoo.embedding.resumed_runs import UnchangedSources
from patentzoo.errors import ConfigError, QueryError
from patentzoo.hit import Drawing
from patentzoo.index.compare.calibration import LEAST_DRAWINGS
from patentzoo.index.compare.lookup import ids_given
from patentzoo.index.index import Index, ModelOfIndex
from patentzoo.index.milvus import calibration, changes, rows
from patentzoo.index.milvus.address import Address, read_address
from patentzoo.index.milvus.collection import MilvusCollection, reading_of
from patentzoo.index.milvus.left_out import LeftOut
from patentzoo.index.milvus.server import MilvusServer
from patentzoo.index.milvus.view import MilvusSnapshot, MilvusView
from patentzoo.index.query.read_transaction import ReadTransaction
from patentzoo.index.state.closeness import Scale
from patentzoo.index.storage.filters import Where
from patentzoo.index.upsert_batch import of_batches, of_embeddings
from patentzoo.options import EmbedChanges, EmbedOptions, changed
from patentzoo.results import Changes, Embeddings, Failure, IndexStats
from patentzoo.system.arguments import WHOLE, checked
from patentzoo.system.forked import guard
from patentzoo.system.keywords import takes

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

logger = logging.getLogger(__name__)


class MilvusIndex(Index):
    """An index that a Milvus server keeps; made by ``build_index`` or ``load_index``.

    A change is several requests: a search meanwhile may see a part of it. Drawings that were added
    are found by the next search of every process. What needs all drawings at hand (``compact``,
    ``save``, ``near_duplicates``, ``classify``) is for indexes in folders.

    Attributes:
        address: Where it lives.
    """

    def __init__(self, address: Address, model: RetrievalModel | None = None) -> None:
        self.address = address
        self._server = MilvusServer(address)
        self.collection = MilvusCollection(self._server)
        self._left_out = LeftOut(self._server, self.collection.name)
        meta = self.collection.open()
        self.model_name, self.fingerprint = meta["model"], meta["fingerprint"]
        self.dim = int(meta["dim"])
        self.describe_reading(reading_of(meta))
        self._model = ModelOfIndex(self.model_name, self.fingerprint, model)
        self._patents: tuple[int, int] = (0, 0)
        guard(self)

    def __repr__(self) -> str:
        return f"MilvusIndex({str(self.address)!r}, model={self.model_name!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _opened, (str(self.address), self._model.loaded)

    def __deepcopy__(self, memo: dict[int, Any]) -> MilvusIndex:
        return _opened(str(self.address), self._model.loaded)

    @property
    def place(self) -> str:
        """Its address."""
        return str(self.address)

    @property
    def path(self) -> None:
        """None: it lives in no folder."""
        return

    @property
    def failures(self) -> Sequence[Failure]:
        """Images left out, and why; kept until they are read well, removed, or no longer met."""
        return self._left_out.failures()

    @property
    def fields(self) -> Mapping[str, str]:
        """The type of each field of the metadata, as ``IndexStats.columns``."""
        return self.collection.kinds_of_metadata()

    @contextmanager
    def read(self) -> Iterator[ReadTransaction]:
        """What one search works on; between two requests the index may change."""
        snapshot = MilvusSnapshot(self.collection, self.collection.meta(), self.dim)
        # It answers all that search asks of a ReadTransaction.
        yield cast(ReadTransaction, MilvusView(self.collection, snapshot))

    def with_model(self, model: RetrievalModel | None) -> MilvusIndex:
        """Another handle on the same index, with a model at hand."""
        return MilvusIndex(self.address, model)

    def __len__(self) -> int:
        return self._server.count(self.collection.name)

    def __contains__(self, name: object) -> bool:
        """Whether the index holds a drawing of this id."""
        if not isinstance(name, str):
            return False
        return bool(self.collection.read_ids([rows.to_text(name)], [rows.ID]))

    @property
    def ids(self) -> list[str]:
        """The id of each drawing, in the server's order; all of them are fetched."""
        pages = self._server.all_rows(self.collection.name, [rows.ID])
        return [rows.from_text(row[rows.ID]) for page in pages for row in page]

    @property
    def vectors(self) -> npt.NDArray[np.float32]:
        """float32 (n, dim), unit rows in the order of ``ids``, read-only; all are fetched."""
        pages = self._server.all_rows(self.collection.name, [rows.ID, rows.VECTOR])
        each = [rows.vectors_of(page, self.dim) for page in pages]
        found = np.concatenate([np.empty((0, self.dim), np.float32), *each])
        found.flags.writeable = False
        return found

    def drawings(self, names: Iterable[str]) -> list[Drawing]:
        """Look up several drawings.

        Args:
            names: Their ids.

        Raises:
            QueryError: The index holds no drawing of one of them, or they are no ids.
        """
        wanted = ids_given(names)
        fields = [*rows.SHOWN, rows.VECTOR]
        known = {}
        for row in self.collection.read_ids([rows.to_text(name) for name in wanted], fields):
            record, vector = rows.record_of(row), np.array(row[rows.VECTOR], np.float32)
            of = (record.patent, record.path, record.page, record.metadata)
            known[record.id] = Drawing(record.id, vector, *of)
        unknown = next((name for name in wanted if name not in known), None)
        if unknown is not None:
            raise QueryError(f"The index {self.place} holds no drawing {unknown!r}.")
        return [known[name] for name in wanted]

    @checked()
    @takes(EmbedChanges, EmbedOptions, figures=None, photos=None)
    def add(
        self,
        images_or_embeddings: Any,
        *,
        options: EmbedOptions | None = None,
        **changes: Unpack[EmbedChanges],
    ) -> Changes:
        """Add drawings; images are all embedded before the first is sent.

        Run again after a stop, it sends what is missing, and no more.

        Args:
            images_or_embeddings: Images as for ``embed``, or the Embeddings it gave.
            **changes: Options by name; see ``EmbedOptions``.
            options: Several options together; those given by name replace theirs.

        Returns:
            What was added, replaced and left out.

        Raises:
            ImageError: As for ``embed``; then nothing is added.
            IndexMismatchError: Embeddings of another model.
            IndexServerError: The server cannot be reached, is too slow, or refuses.
            ConfigError: An impossible option, or metadata that cannot be kept.
        """
        usual = EmbedOptions(figures=self.figures, photos=self.photos, kind=self.kind)
        before, run = len(self), changed(usual, options, changes)
        done = self._added(images_or_embeddings, run)
        if before < LEAST_DRAWINGS <= len(self) and self.calibration is None:
            calibration.calibrate_large(self.collection)
        return done

    def _added(self, given: Any, run: EmbedOptions) -> Changes:
        if isinstance(given, Embeddings):
            if run.metadata is not None:
                raise ConfigError(
                    "metadata= is for images: Embeddings bring their own. Leave it out."
                )
            self.check_made_by(given.model, given.fingerprint)
            return changes.commit(self.collection, self._left_out, of_embeddings(given))
        known = UnchangedSources(changes.KnownSources(self.collection))
        batch = of_batches(embed_batches(self.model, given, options=run, skip=known), self.dim)
        moved = changes.set_paths(self.collection, known.paths)
        done = changes.commit(self.collection, self._left_out, batch)
        return dataclasses.replace(done, unchanged=known.unchanged, updated=moved)

    def remove(self, ids: str | Iterable[str] | None = None, *, where: Where = None) -> Changes:
        """Remove drawings by their ids, or all that fit a filter; errors as of ``Index.remove``."""
        return changes.remove(self.collection, self._left_out, ids, where)

    def update(self, metadata: Mapping[str, Mapping[str, Any]] | str | PathLike[str]) -> Changes:
        """Change what is known about drawings; arguments and errors as of ``Index.update``.

        A table by file or patent is compared with every drawing; one by id asks for those alone.
        """
        return changes.update(self.collection, metadata)

    @property
    def calibration(self) -> Scale | None:
        """What its scores mean, from ``calibrate``; None where that was not done."""
        return Scale.of_meta(self.collection.meta())

    @checked(sample=WHOLE)
    def calibrate(self, *, sample: int = 500, seed: int = 0) -> Scale:
        """Learn what scores mean here; see ``Index.calibrate``. All ids are fetched."""
        return calibration.calibrate(self.collection, sample, seed)

    def stats(self) -> IndexStats:
        """The index in numbers; patents are counted by going through all drawings.

        They are counted again when the number of drawings has changed.
        """
        count = len(self)
        if self._patents[0] != count:
            patents = len(set(calibration.products_of(self.collection).values()))
            self._patents = (count, patents)
        return IndexStats(
            drawings=count,
            patents=self._patents[1],
            removed=0,
            dim=self.dim,
            model=self.model_name,
            engine="milvus",
            unindexed=0,
            storage="float32",
            segments=0,
            file_bytes=0,
            vector_bytes=4 * self.dim * count,
            engine_bytes=0,
            generation=0,
            advice="",
            columns=self.fields,
        )

    def _here_only(self, what: str) -> NoReturn:
        raise ConfigError(
            f"{what} needs the drawings on this machine, and {self.place} keeps them on its "
            "server. Build an index in a folder: build_index(model, drawings, path='FOLDER')."
        )

    def compact(self, *, engine: Any = None) -> None:
        """Raise ConfigError: the server compacts by itself."""
        self._here_only("compact()")

    def save(self, path: Any = None, *, overwrite: bool = False) -> None:
        """Raise ConfigError; without a path there is nothing to do, since the server keeps it."""
        if path is not None:
            self._here_only("save()")

    def measure_recall(self, k: int = 10, *, queries: int = 200, seed: int = 0) -> float:
        """Raise ConfigError: only the server has all vectors."""
        self._here_only("measure_recall()")

    def near_duplicates(self, *, min_score: float = 0.98, where: Where = None) -> Any:
        """Raise ConfigError: only the server has all vectors."""
        self._here_only("near_duplicates()")

    def classify(self, query: Any, **options: Any) -> Any:
        """Raise ConfigError: only the server has all drawings."""
        self._here_only("classify()")

    def measure_classes(self, field: str, *, k: int = 0) -> Any:
        """Raise ConfigError: only the server has all drawings."""
        self._here_only("measure_classes()")

    def after_fork(self) -> None:
        """Make anew, in a child process, what a thread of the parent may have held."""
        self._model.after_fork()
        self._server.after_fork()


def _opened(address: str, model: RetrievalModel | None) -> MilvusIndex:
    return MilvusIndex(read_address(address), model)
