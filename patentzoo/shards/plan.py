"""Which sources are whose."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from patentzoo.errors import ConfigError


@dataclass(frozen=True)
class Shard:
    """One of several parts of a collection.

    Attributes:
        number: From 1.
        count: Of all shards.
    """

    number: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count <= 9999:
            raise ConfigError(
                f"shard {self.number}/{self.count}: the first number is from 1 to the second, and "
                "that at most 9999."
            )

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The shard of "3/16".

        Raises:
            ConfigError: It is none.
        """
        found = re.fullmatch(r"\s*(\d{1,4})\s*/\s*(\d{1,4})\s*", text)
        if found is None:
            raise ConfigError(f"shard {text!r}: write number/count, e.g. 3/16.")
        return cls(int(found[1]), int(found[2]))

    @property
    def name(self) -> str:
        """How its files begin."""
        return f"shard-{self.number:04d}-of-{self.count:04d}"

    def holds(self, source: str) -> bool:
        """Whether a source is its own: by a hash of the id, so that new sources move no other."""
        digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1
