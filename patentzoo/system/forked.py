"""A forked child computes with one thread, and takes no lock a thread of its parent may have held.

Threads do not survive a fork. What torch or faiss hands to those of the parent is waited for for
ever, and both take them from one library (libgomp), whichever of the two has started them.
"""

from __future__ import annotations

import functools
import os
import weakref
from typing import Any, Protocol

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


class Forked(Protocol):
    """What has to be told."""

    def after_fork(self) -> None:
        """Make locks anew."""
        ...


_OPEN: weakref.WeakSet[Forked] = weakref.WeakSet()


def guard(thing: Forked) -> None:
    """Have something told, in the child, when its process forks."""
    _OPEN.add(thing)
    _register()


@functools.cache
def _register() -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_in_child)


def _in_child() -> None:
    for each in list(_OPEN):
        each.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note)
