"""One encoded thing, a file or an array -> grey pages with dark ink on white paper."""

from __future__ import annotations

from patentzoo.images.page import Page, SkippedPage

__all__ = ["Page", "SkippedPage"]
