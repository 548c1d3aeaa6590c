"""How a search result shows itself: the methods, which call the room that draws.

Drawing stands far above results in the order of dependence: it reads images. So it is imported when
a picture is asked for, here and nowhere else.
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from patentzoo.results import SearchResult


class Shown:
    """What a ``SearchResult`` can be seen as."""

    def _repr_html_(self) -> str:
        """The query and its hits with their pictures, in a notebook."""
        from patentzoo.show import fragment

        return fragment(self._result())

    def plot(self, *, hits: int = 9, columns: int = 5) -> Figure:
        """Draw the query and its hits as a grid of pictures, each with score, patent and title.

        Args:
            hits: At most so many.
            columns: Pictures in a row.

        Returns:
            A matplotlib figure; ``figure.savefig("hits.png")`` writes it.

        Raises:
            ConfigError: ``hits`` or ``columns`` below 1.
            MissingExtraError: matplotlib is not installed.
        """
        from patentzoo.show import plot

        return plot(self._result(), hits=hits, columns=columns)

    def save_html(self, path: str | PathLike[str]) -> None:
        """Write the query and its hits as one HTML file that holds its pictures.

        ``patentzoo.show.write_report`` writes several results as one file.

        Raises:
            OutputError: A file that is no such report is there, or none can be written.
        """
        from patentzoo.show import write_report

        write_report(self._result(), path)

    def _result(self) -> SearchResult:
        return cast("SearchResult", self)
