"""Sheets -> figures: turned upright, cut apart, their labels read and taken out."""

from __future__ import annotations

from patentzoo.figures.orientation import stored_box, upright
from patentzoo.figures.split import Figure, find_figures, split_page

__all__ = ["Figure", "find_figures", "split_page", "stored_box", "upright"]
