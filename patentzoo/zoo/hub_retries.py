"""huggingface_hub's retries: one line where it would print eleven."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)

HUB_LOGGER = "huggingface_hub.utils._http"
"""Where huggingface_hub tells of each failed request, and of each wait."""


class _Retries(logging.Filter):
    """Drops the records of retries; the first of a call becomes a line of ours."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what
        self._told = False

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is to be written."""
        text = record.getMessage()
        if " thrown while requesting " not in text and "[Retry " not in text:
            return True
        if not self._told:
            self._told = True
            logger.warning(
                "%s: the hub does not answer; trying again for half a minute.", self._what
            )
        logger.debug("%s", text)
        return False


@contextmanager
def told_once(what: str) -> Iterator[None]:
    """Tell of the retries of huggingface_hub once.

    Args:
        what: What is fetched or sent, for the message.
    """
    hub, retries = logging.getLogger(HUB_LOGGER), _Retries(what)
    hub.addFilter(retries)
    try:
        yield
    finally:
        hub.removeFilter(retries)
