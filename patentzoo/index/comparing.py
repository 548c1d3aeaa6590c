"""What an Index says about its drawings as they lie to one another."""

from __future__ import annotations

from contextlib import AbstractContextManager

from patentzoo.hit import Hit
from patentzoo.index.calibration import LEAST_DRAWINGS, can_calibrate, scale_of
from patentzoo.index.duplicates import find_duplicates
from patentzoo.index.query.closeness import SAME, Scale
from patentzoo.index.read_transaction import Seen, View
from patentzoo.index.stats import measure_recall
from patentzoo.index.storage import schema
from patentzoo.index.storage.filters import Where
from patentzoo.index.storage.index_folder import Store
from patentzoo.system.arguments import NUMBER, WHOLE, checked


class Comparing:
    """Comparisons of an index's drawings with one another; a part of ``Index``."""

    store: Store

    @property
    def calibration(self) -> Scale | None:
        """What its scores mean, from ``calibrate``; None where that was not done."""
        with self.glance() as seen:
            return Scale.of_meta(seen.snapshot.meta)

    @checked(sample=WHOLE)
    def calibrate(self, *, sample: int = 500, seed: int = 0) -> Scale:
        """Learn what scores mean here: how close the closest drawing of another patent comes.

        Some of the drawings are searched for; the score of each one's closest drawing of another
        patent is what strangers reach. Hits of later searches carry a ``percentile`` and a
        ``closeness`` by these scores. ``build_index`` does it for 200 drawings and more,
        ``compact`` does it again.

        Args:
            sample: So many drawings are searched for.
            seed: Chooses them.

        Raises:
            QueryError: Fewer than two patents, or ``sample`` below 1.
            OutputError: The index cannot be written.
        """
        with self.view() as view:
            scale = scale_of(view.snapshot, view.groups, sample, seed)
        with self.store.writing() as connection:
            schema.set_meta(connection, calibration=scale.to_meta())
        return scale

    def recalibrate(self, *, only_new: bool = False) -> None:
        """Calibrate where there are enough drawings; ``only_new``: and where it was not done."""
        with self.view() as view:
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
        with self.view() as view:
            return find_duplicates(view, min_score, where)

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
        with self.glance() as seen:
            return measure_recall(seen.snapshot, k, queries, seed)

    def glance(self) -> AbstractContextManager[Seen]:
        """See ``Index.glance``."""
        raise NotImplementedError

    def view(self) -> AbstractContextManager[View]:
        """See ``Index.view``."""
        raise NotImplementedError
