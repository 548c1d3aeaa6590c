"""Sheets -> figures: turned upright, cut apart, their labels read and taken out.

1. The connected components of the black pixels are the pieces that everything works on
   (``components``); dirt far from everything is left out of a figure's box.
2. Components of like height side by side could be a label (``lines``). A small network reads each
   row (``network``, ``reader``): trained with the CTC loss on lines drawn by the computer, 0.3 MB.
3. A number is reported only if the reader is sure of every character and there are as many
   characters as letters in the row (``labels``); else the label counts, without its text. Of two
   labels with one text the larger one counts.
4. Each label owns one figure (``assign``): labels below, above, right and left of the figures are
   tried, and the cheapest is kept. A sheet with one label, or none, is one figure.
"""

from __future__ import annotations

from patentzoo.figures.orientation import stored_box, upright
from patentzoo.figures.split import Figure, find_figures, split_page

__all__ = ["Figure", "find_figures", "split_page", "stored_box", "upright"]
