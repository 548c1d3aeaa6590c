"""Memory for a page, used again once nobody holds the page.

A page of three megabytes that is fresh from the system costs a page fault every 4 KB, which is a
seventh of the time that decoding and preprocessing a patent sheet take, and threads queue for them.
"""

from __future__ import annotations

import sys
import threading

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]

_MOST_PIXELS = 16_000_000
"""Of what a thread keeps: A4 at 400 dpi. Larger pages come and go."""

_KEPT = 2
"""Pages a thread keeps memory for: one as it is stored, one turned upright."""

_OURS = 3
"""References to memory nobody else holds: the list's, the loop's, the argument's."""


class _Kept(threading.local):
    def __init__(self) -> None:
        self.pages: list[Grey] = []


_KEPT_HERE = _Kept()


def empty_page(height: int, width: int) -> Grey:
    """An array uint8 (height, width), C-contiguous, of any content; never one that is in use."""
    size = height * width
    if size > _MOST_PIXELS or not hasattr(sys, "getrefcount"):
        return np.empty((height, width), np.uint8)
    pages = _KEPT_HERE.pages
    for memory in pages:
        # A view, and whatever was made of it without copying, refers to the memory it looks at.
        if memory.size >= size and sys.getrefcount(memory) <= _OURS:
            return memory[:size].reshape(height, width)
    memory = np.empty(max(size, 1 << 22), np.uint8)
    pages.append(memory)
    del pages[:-_KEPT]
    return memory[:size].reshape(height, width)
