"""The figure that plots are drawn in; the only file that imports matplotlib when it is read."""

from __future__ import annotations

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


class Drawn(Figure):
    """A matplotlib figure that belongs to no window, and that a notebook shows."""

    @classmethod
    def of_size(cls, width_in: float, height_in: float) -> Drawn:
        """An empty one, ``width_in`` x ``height_in`` inches."""
        figure = cls(figsize=(width_in, height_in), layout="constrained")
        FigureCanvasAgg(figure)
        return figure

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.savefig(stream, format="png")
        return stream.getvalue()
