"""The Index: drawings that can be searched, and that may come and go."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from patentzoo.errors import ConfigError, IndexMismatchError, ModelError, OutputError
from patentzoo.index import updates
from patentzoo.index.compare.comparing import Comparing
from patentzoo.index.compare.lookup import Lookup
from patentzoo.index.engines.factory import EngineName
from patentzoo.index.saving import save_to
from patentzoo.index.stats import Stats, measure_recall
from patentzoo.index.storage import catalogue, read_settings
from patentzoo.index.storage.filters import Where
from patentzoo.index.storage.index_folder import IndexFolder
from patentzoo.index.travelling import Travelling
from patentzoo.options import EmbedChanges, EmbedOptions, Figures, Kind, Photos, changed
from patentzoo.results import Changes, Failure, IndexStats
from patentzoo.system.arguments import PATH, WHOLE, checked, shown
from patentzoo.system.files import file_to_write
from patentzoo.system.forked import guard
from patentzoo.system.keywords import takes

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel


class ModelOfIndex:
    """Gives the model of an index, and keeps none of the index's files open.

    Args:
        name: The model's name; it is loaded by it where none is given.
        fingerprint: Of the model that made the vectors.
        model: The model; None: not loaded yet.
    """

    def __init__(self, name: str, fingerprint: str, model: RetrievalModel | None) -> None:
        self._name, self._fingerprint = name, fingerprint
        self._lock = threading.Lock()
        if model is not None:
            self.check_made_by(model.name, model.fingerprint)
        self.loaded = model

    def __call__(self) -> RetrievalModel:
        """The model, loaded once; errors as of ``Index.model``."""
        with self._lock:
            if self.loaded is None:
                self.loaded = self._load()
            return self.loaded

    def _load(self) -> RetrievalModel:
        from patentzoo.zoo.load import load_model

        try:
            model = load_model(self._name)
        except ModelError as error:
            raise type(error)(
                f"The index was made by {self._name!r}, which cannot be loaded by name: "
                f"{error} Load it yourself and give it: load_index(path, model=model)."
            ) from error
        self.check_made_by(model.name, model.fingerprint)
        return model

    def check_made_by(self, name: str, fingerprint: str) -> None:
        """Raise IndexMismatchError unless the vectors were made by this model."""
        if fingerprint != self._fingerprint:
            raise IndexMismatchError(
                f"The index was made by {self._name!r} (fingerprint {self._fingerprint[:12]}), "
                f"the model in hand is {name!r} ({fingerprint[:12]}). Their vectors cannot be "
                "compared: load the model that made the index, or build the index again."
            )

    def after_fork(self) -> None:
        """In a child process: a lock another thread may have held in the parent is made anew."""
        self._lock = threading.Lock()


class Index(Lookup, Travelling, Comparing):
    """Drawings that can be searched; made by ``build_index`` or ``load_index``; safe for threads.

    An index that was opened from a folder, or built with ``path=``, lives there: every change is on
    the disk when the call returns, whole or not at all, and other processes that have the folder
    open see it at their next search. A copy, pickled or not, opens it again; of an index in memory
    it is another one with the same drawings. ``index[id]`` is a drawing.

    Attributes:
        path: Its folder; None for an index in memory.
        model_name: Name of the model that made the vectors.
        fingerprint: Its fingerprint.
        dim: Length of a vector.
        photos: How pictures that are no scans are read, ``"auto"`` and so on, as for ``embed``.
        figures: How sheets are cut, ``"auto"`` and so on, unless told otherwise.
        kind: Which grants are taken, ``"all"`` and so on, unless told otherwise.
        read_settings: These and the limits it was built with; queries are read so, too.
    """

    def __init__(self, store: IndexFolder, model: RetrievalModel | None = None) -> None:
        if not isinstance(store, IndexFolder):
            raise ConfigError(
                f"Index(): {shown(store)} is no storage of an index. load_index(path) opens an "
                "index, build_index(model, images) makes one."
            )
        super().__init__(store)
        meta = store.meta()
        self.model_name = str(meta["model"])
        self.fingerprint = str(meta["fingerprint"])
        store.made_by = self.model_name, self.fingerprint
        self.dim = int(meta["dim"])
        self.describe_reading(meta)
        self._model = ModelOfIndex(self.model_name, self.fingerprint, model)
        guard(self)

    def __repr__(self) -> str:
        return f"Index({len(self)} x {self.dim}, model={self.model_name!r})"

    def describe_reading(self, meta: Mapping[str, Any]) -> None:
        """Note how drawings are read, by what is kept with the index."""
        self.photos: Photos = meta.get("photos", "grey")
        self.read_settings: Mapping[str, Any] = read_settings.default_settings(meta)
        self.figures: Figures = self.read_settings.get("figures", "auto")
        self.kind: Kind = self.read_settings.get("kind", "all")

    @property
    def fields(self) -> Mapping[str, str]:
        """The type of each field of the metadata, as ``IndexStats.columns``."""
        return self.stats().columns

    @property
    def path(self) -> Path | None:
        """Its folder; None for an index in memory."""
        return self.store.path

    @property
    def failures(self) -> Sequence[Failure]:
        """Images left out, and why; kept until they are read well, removed, or no longer met."""
        with self.read() as view:
            return [Failure(*each) for each in catalogue.failures(view.connection)]

    @property
    def model(self) -> RetrievalModel:
        """The model that made the vectors, loaded by its name where none was given.

        Raises:
            ModelError: None of that name. IndexMismatchError: It is another one by now.
        """
        return self._model()

    def check_made_by(self, name: str, fingerprint: str) -> None:
        """Raise IndexMismatchError unless the vectors were made by this model."""
        self._model.check_made_by(name, fingerprint)

    @checked()
    @takes(EmbedChanges, EmbedOptions, figures=None, photos=None)
    def add(
        self,
        images_or_embeddings: Any,
        *,
        options: EmbedOptions | None = None,
        **changes: Unpack[EmbedChanges],
    ) -> Changes:
        """Add drawings, as one change: a search sees all of them or none.

        A file whose content is as it was is not embedded again; one that has changed replaces its
        drawings, as does an image or vector of an id that is there. The options are for images
        only; without ``figures`` and ``photos`` images are read as the index was built. Another
        value of ``photos`` is a warning in the log the first time, since queries go on being read
        as the index was built.

        Args:
            images_or_embeddings: Images as for ``embed``, or the Embeddings it gave.
            **changes: Options by name; see ``EmbedOptions``.
            options: Several options together; those given by name replace theirs.

        Returns:
            What was added, replaced and left out.

        Raises:
            ImageError: As for ``embed``; then nothing is added.
            IndexMismatchError: Embeddings of another model.
            OutputError: The index cannot be written, or another writer does not come to an end.
            ConfigError: An impossible option, or metadata that cannot be kept.
        """
        usual = EmbedOptions(figures=self.figures, photos=self.photos, kind=self.kind)
        done = updates.add(self, images_or_embeddings, changed(usual, options, changes))
        self.recalibrate(only_new=True)
        return done

    def remove(self, ids: str | Iterable[str] | None = None, *, where: Where = None) -> Changes:
        """Remove drawings by their ids, or all that fit a filter.

        Args:
            ids: One id or several; each must be there, as a drawing or in ``failures``.
            where: As for ``search``.

        Returns:
            ``removed``: how many drawings are gone.

        Raises:
            QueryError: An unknown id, or an impossible filter.
            ConfigError: Neither or both were given.
            OutputError: The index cannot be written.
        """
        return updates.remove(self, ids, where)

    def update(self, metadata: Mapping[str, Mapping[str, Any]] | str | PathLike[str]) -> Changes:
        """Change what is known about drawings; their vectors stay.

        Args:
            metadata: A dict of id to a dict of fields; or a CSV file with the column ``id``,
                ``file`` (a drawing's id, path or file name) or ``patent``, whose further columns
                become metadata.

        Returns:
            ``updated``: how many drawings were changed.

        Raises:
            QueryError: No drawing fits.
            ConfigError: A table without such a column, or metadata that cannot be kept.
            OutputError: The index cannot be written.
        """
        return updates.update(self, metadata)

    @checked()
    def compact(self, *, engine: EngineName | None = None) -> None:
        """Join the vector files, drop what was removed, and make the engine anew.

        Args:
            engine: Another engine from now on.

        Raises:
            ConfigError: An unknown engine, or too few drawings for it.
            OutputError: The index cannot be written.
        """
        updates.compact(self, engine)
        self.recalibrate()

    @checked(path=PATH | None)
    def save(self, path: str | PathLike[str] | None = None, *, overwrite: bool = False) -> None:
        """Write the index to a folder.

        The index goes on living where it lives; one that was opened from ``path`` is saved already.

        Args:
            path: A new or empty folder; None: where the index lives.
            overwrite: Replace an index that is there, in one step.

        Raises:
            OutputError: ``path`` is taken, or cannot be written; or None, of an index in memory.
        """
        if path is None and self.path is None:
            raise OutputError("This index is in memory: say where to save it, save(path).")
        if path is not None:
            save_to(self, file_to_write(path), overwrite=overwrite)

    def stats(self) -> IndexStats:
        """The index in numbers."""
        with self.read() as view:
            return Stats(self, view).collect()

    @checked(k=WHOLE)
    def measure_recall(self, k: int = 10, *, queries: int = 200, seed: int = 0) -> float:
        """How much of an exact search's top k this index finds: 1 where it is exact.

        Args:
            k: Depth.
            queries: So many of its drawings, of equal ones one, are asked, each moved a little.
            seed: Chooses them.

        Returns:
            Mean share of the true k nearest, in [0, 1].

        Raises:
            EmptyIndexError: Nothing to search.
        """
        with self.read() as view:
            return measure_recall(view.snapshot, k, queries, seed)

    def after_fork(self) -> None:
        """Make anew, in a child process, the locks that a thread of the parent may have held."""
        self._model.after_fork()
        self.store.after_fork()
        self._states.after_fork()
