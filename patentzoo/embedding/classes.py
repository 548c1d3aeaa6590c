"""Classes of drawings: named in words, where a model takes words, and what they come as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np
import numpy.typing as npt

from patentzoo.embedding import embed
from patentzoo.embedding.locarno import LOCARNO
from patentzoo.errors import IndexMismatchError, QueryError
from patentzoo.options import EmbedChanges
from patentzoo.results import Embeddings
from patentzoo.system.arguments import TEXT, check
from patentzoo.zoo.given import as_model
from patentzoo.zoo.words import encode_words

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

TEMPLATE = "a drawing of {}"
_USAGE = "classify(model, images, labels)"


class ClassScore(NamedTuple):
    """A class and how well it fits: higher is better."""

    label: str
    score: float


@dataclass(frozen=True)
class Classified:
    """What a drawing may be.

    Attributes:
        id: Of the drawing.
        classes: The best classes, the best first.
    """

    id: str
    classes: tuple[ClassScore, ...]

    @property
    def label(self) -> str:
        """The best class."""
        return self.classes[0].label

    @property
    def score(self) -> float:
        """Of the best class."""
        return self.classes[0].score


class ClassifiedList(list[Classified]):
    """Drawings with their classes."""

    def metadata(self, field: str) -> dict[str, dict[str, Any]]:
        """Return the best class of each drawing as ``Index.update`` takes it.

        Args:
            field: Name of the metadata that the label becomes.

        Returns:
            ``{id: {field: label, field_score: score}}``, scores being cosines in [-1, 1], or shares
            of the votes in [0, 1] of ``Index.classify``.
        """
        return {each.id: {field: each.label, f"{field}_score": each.score} for each in self}


def classify(
    model: Any,
    images: Any,
    labels: Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
    *,
    k: int = 5,
    template: str = TEMPLATE,
    **changes: Unpack[EmbedChanges],
) -> ClassifiedList:
    """Say which of some classes each drawing is nearest to, by their names alone.

    Args:
        model: One that takes words (``model.takes_words``), its name or folder.
        images: As for ``embed``; or what has vectors already: Embeddings, an Index.
        labels: The classes: their names; or label -> what it is called in words, of which several
            are averaged. None: the 32 classes of the Locarno Classification by their titles, with
            their numbers as labels.
        k: So many classes a drawing, the best first.
        template: The sentence a name is put into, at ``{}``.
        **changes: Options of ``embed`` by name.

    Returns:
        A list in the order of the drawings; scores are cosines, as everywhere.
        ``.metadata(field)`` is what ``Index.update`` takes.

    Raises:
        ModelError: The model takes no words. For such: ``Index.classify``, by nearest neighbours.
        QueryError: No labels, or a template without a place for them.
        IndexMismatchError: Vectors of another model.
    """
    loaded = as_model(model, _USAGE, images)
    named = _named(LOCARNO if labels is None else labels)
    check("classify", "template", template, TEXT)
    if "{}" not in template:
        raise QueryError(f"template = {template!r} has no {{}} for the name of a class.")
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise QueryError(f"k = {k!r} must be a whole number from 1.")
    words = np.stack([_direction(loaded, texts, template) for texts in named.values()])
    given = _with_vectors(loaded, images, changes)
    return _best(given.ids, np.asarray(given.vectors) @ words.T, list(named), k)


def _with_vectors(model: RetrievalModel, images: Any, changes: EmbedChanges) -> Any:
    """What has ids and vectors of this model: what was given, or the images embedded."""
    if hasattr(images, "check_made_by"):  # an Index
        images.check_made_by(model.name, model.fingerprint)
        return images
    if not isinstance(images, Embeddings):
        return embed(model, images, **changes)
    if images.fingerprint != model.fingerprint:
        raise IndexMismatchError(
            f"The embeddings were made by {images.model!r}, the words would be by {model.name!r}: "
            "other weights or preprocessing. Embed the images with this model."
        )
    return images


def _named(labels: Sequence[str] | Mapping[str, str | Sequence[str]]) -> dict[str, list[str]]:
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise QueryError(f"labels = {labels!r} must be a list of names, or label -> words.")
    pairs = labels.items() if isinstance(labels, Mapping) else [(each, each) for each in labels]
    named = {str(k): [v] if isinstance(v, str) else v for k, v in pairs}
    if not named or not all(_are_words(texts) for texts in named.values()):
        raise QueryError("labels= holds no class, or one without words.")
    return {label: list(texts) for label, texts in named.items()}


def _are_words(texts: Any) -> bool:
    """Whether they are a list of texts, and none of them is empty."""
    if not isinstance(texts, Sequence) or not len(texts):
        return False
    return all(isinstance(text, str) and bool(text.strip()) for text in texts)


def _direction(model: RetrievalModel, texts: list[str], template: str) -> npt.NDArray[np.float32]:
    rows = encode_words(model, [template.replace("{}", text) for text in texts])
    mean = rows.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def _best(
    ids: Sequence[str], scores: npt.NDArray[np.float32], labels: list[str], k: int
) -> ClassifiedList:
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return ClassifiedList(
        Classified(name, tuple(ClassScore(labels[i], float(row[i])) for i in best))
        for name, row, best in zip(ids, scores, order, strict=True)
    )
