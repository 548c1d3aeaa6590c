"""An index that is pickled or copied.

One that lives in a folder is opened again by its path. One in memory goes by value, and the copy
changes by itself from then on.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patentzoo.index.engines.factory import read_engine
from patentzoo.index.query.read_transaction import ReadTransaction, StateReader
from patentzoo.index.storage import schema
from patentzoo.index.storage.codec import Codec, Codes
from patentzoo.index.storage.index_folder import IndexFolder
from patentzoo.index.storage.segments import Segment, SegmentInfo

if TYPE_CHECKING:
    from patentzoo.index.index import Index, ModelOfIndex
    from patentzoo.models.retrieval_model import RetrievalModel


class Travelling(StateReader):
    """What makes an Index one that can be pickled and copied; the model is shared with a copy."""

    _model: ModelOfIndex

    def __reduce__(self) -> tuple[Any, ...]:
        return _opened, (type(self), self._place(), self._model.loaded)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return _opened(type(self), self._place(), self._model.loaded)  # type: ignore[arg-type]

    def with_model(self, model: RetrievalModel | None) -> Index:
        """Another handle on the same index, with a model at hand."""
        return type(self)(self.store, model)  # type: ignore[call-arg,return-value]

    @property
    def place(self) -> Path | str | None:
        """Where it lives: a folder, or the address of a served index; None: in memory."""
        return self.store.path

    def _place(self) -> ByPath | ByValue:
        if self.store.path is not None:
            return ByPath(self.store.folder, self.store.mmap)
        with self.read() as view:
            return ByValue.of(view)


def _opened(kind: type[Index], place: ByPath | ByValue, model: RetrievalModel | None) -> Index:
    return kind(place.opened(), model)


@dataclass(frozen=True)
class ByPath:
    """An index in a folder.

    Attributes:
        path: The folder, absolute.
        mmap: Whether its vectors are mapped.
    """

    path: Path
    mmap: bool

    def opened(self) -> IndexFolder:
        """Open it again.

        Raises:
            IndexDamagedError: It is not there.
        """
        return IndexFolder.open(self.path, mmap=self.mmap)


@dataclass(frozen=True, eq=False)
class ByValue:
    """One state of an index in memory.

    Attributes:
        catalogue: Content of the file.
        segments: Description, rows, codes and codec of each.
        engine: Token, name and file of its engine, if it has one, and of how many segments it is.
    """

    catalogue: bytes
    segments: tuple[tuple[SegmentInfo, Any, Codes, Codec], ...]
    engine: tuple[str, str, bytes, int] | None

    @classmethod
    def of(cls, view: ReadTransaction) -> ByValue:
        """Take it down."""
        snapshot = view.snapshot
        token, engine = snapshot.meta.get("engine_token"), snapshot.stored_engine()
        with tempfile.TemporaryDirectory(prefix="patentzoo-") as folder:
            file = Path(folder, schema.CATALOGUE)
            view.write_catalogue(file)
            written = None
            if token and engine is not None:
                engine.write(Path(folder, "engine"))
                content = Path(folder, "engine").read_bytes()
                written = str(token), engine.name, content, len(engine.segments)
            parts = tuple((s.entry, s.rows, s.codes, s.codec) for s in snapshot.segments)
            return cls(file.read_bytes(), parts, written)

    def opened(self) -> IndexFolder:
        """An index in memory of this state."""
        store = IndexFolder(None)
        (store.folder / schema.CATALOGUE).write_bytes(self.catalogue)
        segments = [Segment(*part) for part in self.segments]
        store.held = {segment.entry.number: segment for segment in segments}
        if self.engine is not None:
            token, name, content, count = self.engine
            # faiss reads files only.
            file = store.folder / "engine"
            file.write_bytes(content)
            store.engines[token] = read_engine(name, file, segments[:count])
            file.unlink()
        return store
