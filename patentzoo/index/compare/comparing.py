"""What an Index says about its drawings as they lie to one another."""

from __future__ import annotations

from typing import Any

from patentzoo.embedding.classes import Classified, ClassifiedList
from patentzoo.errors import QueryError
from patentzoo.hit import Hit
from patentzoo.index.compare.calibration import LEAST_DRAWINGS, can_calibrate, scale_of
from patentzoo.index.compare.classes import (
    NEIGHBOURS,
    ClassAccuracy,
    classified,
    labels_of,
    leave_one_out,
)
from patentzoo.index.compare.duplicates import find_duplicates
from patentzoo.index.query.read_transaction import StateReader
from patentzoo.index.query.search_options import Exclude
from patentzoo.index.state.closeness import SAME, Scale
from patentzoo.index.storage import schema
from patentzoo.index.storage.filters import Where
from patentzoo.system.arguments import NUMBER, TEXT, WHOLE, checked


class Comparing(StateReader):
    """Comparisons of an index's drawings with one another; a part of ``Index``."""

    @property
    def calibration(self) -> Scale | None:
        """What its scores mean, from ``calibrate``; None where that was not done."""
        with self.read() as view:
            return Scale.of_meta(view.snapshot.meta)

    @checked(sample=WHOLE)
    def calibrate(self, *, sample: int = 500, seed: int = 0) -> Scale:
        """Learn what scores mean here: how close the closest drawing of another patent comes.

        Some of the drawings are searched for; the score of each one's closest drawing of another
        patent is what strangers reach. Hits of later searches carry a ``percentile`` and a
        ``closeness`` by these scores. ``build_index`` does it for 200 drawings of 50 patents and
        more, ``compact`` does it again.

        Args:
            sample: So many drawings are searched for.
            seed: Chooses them.

        Returns:
            The scale, which the index keeps from now on.

        Raises:
            QueryError: Fewer than two patents, or ``sample`` below 1.
            OutputError: The index cannot be written.
        """
        self.store.check_writable()
        with self.read() as view:
            scale = scale_of(view.snapshot, view.groups, sample, seed)
        with self.store.writing() as connection:
            schema.set_meta(connection, calibration=scale.to_meta())
        return scale

    def recalibrate(self, *, only_new: bool = False) -> None:
        """Calibrate where there are enough drawings; ``only_new``: and where it was not done."""
        with self.read() as view:
            known = view.snapshot.meta.get("calibration")
            if (known and only_new) or view.snapshot.count < LEAST_DRAWINGS:
                return
            enough = can_calibrate(view.snapshot.count, view.groups.count)
        if enough:
            self.calibrate()

    @checked(min_score=NUMBER)
    def near_duplicates(
        self, *, min_score: float = SAME, where: Where = None
    ) -> list[tuple[Hit, ...]]:
        """Find drawings of different patents that are all but the same picture.

        Args:
            min_score: The cosine from which two drawings are taken for one.
            where: Only among drawings whose metadata fit, as for ``search``.

        Returns:
            Groups, the closest first. In each, by score, the drawings that are chained by such
            pairs; the score of a hit is that of its closest partner of another patent.

        Raises:
            QueryError: An impossible filter or score.
        """
        with self.read() as view:
            return find_duplicates(view, min_score, where)

    @checked(field=TEXT, k=WHOLE, classes=WHOLE)
    def classify(
        self,
        query: Any,
        *,
        field: str,
        k: int = NEIGHBOURS,
        classes: int = 5,
        where: Where = None,
        exclude: Exclude = None,
    ) -> Classified | ClassifiedList:
        """Say what a drawing may be filed under, by its nearest neighbours in this index.

        Args:
            query: As for ``search``.
            field: The metadata that is the class, e.g. ``"locarno"``. Drawings without it have no
                say.
            k: So many neighbours vote, the closer the more.
            classes: So many classes come back, the best first.
            where: Only drawings whose metadata fit have a say, as for ``search``.
            exclude: Ids that have no say, e.g. the query's own.

        Returns:
            A Classified for one query, whose scores are shares of the votes; a list for a list.

        Raises:
            QueryError: No such field, or nobody has it; ``k`` or ``classes`` below 1.
            PatentZooError: As for ``search``.
        """
        if k < 1 or classes < 1:
            raise QueryError(f"k = {k} and classes = {classes} must be at least 1.")
        with self.read() as view:
            having, count = labels_of(view, field), view.snapshot.count
        # Whoever lacks the class is passed over: look so deep that k of those who have it are met.
        deep = k if len(having) == count else min(count, k + count - len(having))
        found = self._search(self, query, k=deep, where=where, exclude=exclude, views=False)
        several = isinstance(found, list)
        made = classified(found if several else [found], field, k, classes)
        return made if several else made[0]

    @checked(field=TEXT, k=WHOLE)
    def measure_classes(self, field: str, *, k: int = NEIGHBOURS) -> ClassAccuracy:
        """Measure ``classify`` here: each drawing is asked against those of other patents.

        Args:
            field: The metadata that is the class.
            k: So many neighbours vote.

        Returns:
            Shares in [0, 1] of the drawings that have such a class, and how many these are.

        Raises:
            QueryError: No such field, or nobody has it; ``k`` below 1.
        """
        if k < 1:
            raise QueryError(f"k = {k} must be at least 1.")
        with self.read() as view:
            return leave_one_out(view, field, k)
