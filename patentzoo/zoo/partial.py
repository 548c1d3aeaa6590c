"""A file under way: what of it is here, and of which version it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from patentzoo.errors import OutputError
from patentzoo.system.files import write_text


class Partial:
    """The first bytes of a download, beside the file they will become.

    Attributes:
        target: The whole file, once it is here.
        url: Where it comes from.
        total: Its length, or None while unknown.
    """

    def __init__(self, target: Path, url: str) -> None:
        self.target = target
        self.url = url
        self._data = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")
        noted = self._read_note()
        self._validator: str = noted.get("validator", "")
        self.total: int | None = noted.get("total")
        if not self._validator:
            self.discard()

    @property
    def size(self) -> int:
        """Bytes that are here."""
        try:
            return self._data.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def complete(self) -> bool:
        """All bytes are here; never true of a file whose length its server did not say."""
        return self.total is not None and self.size == self.total

    def request_headers(self) -> dict[str, str]:
        """Ask for the rest, if it is still the same file (RFC 9110, section 13.1.5)."""
        if not self.size or not self._validator:
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self._validator}

    def begin(self, total: int | None, headers: Mapping[str, str]) -> None:
        """Start at the first byte of the version that these response headers describe."""
        self.discard()
        self.total = total
        # A weak ETag promises no equal bytes, so it cannot join two halves.
        etag = headers.get("ETag", "")
        strong = etag if etag.startswith('"') else ""
        coded = headers.get("Content-Encoding", "identity") != "identity"
        self._validator = "" if coded else strong or headers.get("Last-Modified", "")
        self._data.parent.mkdir(parents=True, exist_ok=True)
        if self._validator:
            facts = {"url": self.url, "validator": self._validator, "total": total}
            write_text(self._note, json.dumps(facts))

    def append(self, chunk: bytes) -> None:
        """Add bytes."""
        with self._data.open("ab") as stream:
            stream.write(chunk)

    def require_space(self) -> None:
        """Raise OutputError where the rest will not fit on the disk."""
        rest = (self.total or 0) - self.size
        free = shutil.disk_usage(self.target.parent).free
        if rest > free:
            raise OutputError(
                f"{self.target.parent}: {rest / 1e6:,.0f} MB are to come, {free / 1e6:,.0f} MB are "
                "free. Make room or choose another cache_dir."
            )

    def finish(self) -> None:
        """Give the file its name."""
        self._data.replace(self.target)
        self.discard()

    def discard(self) -> None:
        """Forget what is here."""
        for file in (self._data, self._note):
            with suppress(FileNotFoundError):
                file.unlink()
        self._validator, self.total = "", None

    def _read_note(self) -> dict[str, Any]:
        try:
            noted = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return noted if isinstance(noted, dict) and noted.get("url") == self.url else {}
