"""An index stays usable in forked children.

A search starts OpenMP threads, which do not exist in a forked child: there, the next parallel
search would wait for them forever (faiss issue 5206). A child therefore searches with one thread,
opens its own connections, and takes no lock that a thread of its parent may have held.
"""

from __future__ import annotations

import functools
import os
import sys
import weakref
from typing import Protocol


class Forked(Protocol):
    """What has to be told."""

    def after_fork(self) -> None:
        """Make locks anew."""
        ...


_OPEN: weakref.WeakSet[Forked] = weakref.WeakSet()


def guard(index: Forked) -> None:
    """Have an index told when its process forks."""
    _OPEN.add(index)
    _register()


@functools.cache
def _register() -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_in_child)


def _in_child() -> None:
    faiss = sys.modules.get("faiss")
    if faiss is not None and hasattr(faiss, "omp_set_num_threads"):
        faiss.omp_set_num_threads(1)
    for index in list(_OPEN):
        index.after_fork()
