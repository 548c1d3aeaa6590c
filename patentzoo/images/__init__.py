"""One encoded thing, a file or an array -> grey pages with dark ink on white paper."""

from __future__ import annotations

from patentzoo.images.page import LeftOut, Page

__all__ = ["LeftOut", "Page"]
