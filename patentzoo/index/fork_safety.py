"""An index stays usable in forked children.

A child opens its own connections, and takes no lock that a thread of its parent may have held. That
it searches with one thread (faiss issue 5206) is the care of ``load_faiss``.
"""

from __future__ import annotations

import functools
import os
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
    for index in list(_OPEN):
        index.after_fork()
