"""An empty figure, or how to get the library that draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patentzoo.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def new_figure(width_in: float, height_in: float) -> Figure:
    """A matplotlib figure of ``width_in`` x ``height_in`` inches, outside pyplot's list.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from patentzoo.reports.matplotlib_figure import Drawn
    except ImportError as error:
        raise MissingExtraError(
            f"Plots need matplotlib ({error}). Install it: pip install 'patentzoo[plot]'."
        ) from error
    return Drawn.of_size(width_in, height_in)
