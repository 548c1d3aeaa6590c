"""Tests over many real drawings: a few of them in the default run, all of them with ``-m slow``."""

from __future__ import annotations

import pytest


def thinned(every: int, full: int = 1) -> pytest.MarkDecorator:
    """Gives a test ``every``: it looks at one drawing in so many, in the slow run at more.

    Args:
        every: In the default run.
        full: In the slow run.
    """
    slow = pytest.param(full, id="all" if full == 1 else f"every {full}", marks=pytest.mark.slow)
    return pytest.mark.parametrize("every", [pytest.param(every, id=f"every {every}"), slow])
