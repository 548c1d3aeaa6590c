"""A forked child computes with one thread.

Threads do not survive a fork. What torch or faiss hands to those of the parent is waited for for
ever, and both take them from one library (libgomp), whichever of the two has started them.
"""

from __future__ import annotations

import os
from typing import Any

_child = False


def in_child() -> bool:
    """Whether this process was forked from one that had imported this module."""
    return _child


def spare_torch(torch: Any) -> None:
    """In a forked child, have torch compute with one thread; elsewhere its setting stays."""
    if _child and torch.get_num_threads() > 1:
        torch.set_num_threads(1)


def spare_faiss(faiss: Any) -> None:
    """In a forked child, have faiss compute with one thread; elsewhere its setting stays."""
    if _child and hasattr(faiss, "omp_set_num_threads") and faiss.omp_get_max_threads() > 1:
        faiss.omp_set_num_threads(1)


def _note() -> None:
    global _child
    _child = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note)
