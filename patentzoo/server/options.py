"""What a server allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike

from patentzoo.errors import ConfigError
from patentzoo.system.arguments import check_fields

LEAST_TOKEN = 16
"""Characters of the shortest token: a shorter one can be tried out."""


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """What a server allows, and where it stops.

    Attributes:
        token: Adding and removing drawings takes ``Authorization: Bearer TOKEN``. None: nobody may.
        uploads: A folder in which drawings that are added are kept, so that they can be shown.
            None: only their vectors are kept.
        max_bytes: Of one drawing, as it is sent.
        max_pixels: Of one page.
        max_pages: Of one PDF or TIFF.
        max_views: Drawings of one search.
        max_added: Drawings of one ``POST /drawings``.
        max_hits: Hits of one search.
        threads: Searches at a time; None: one a free core, and two at least.
        waiting: Searches that may wait for a thread; further ones are sent away with 503.
        body_s: Seconds in which a request has to arrive.
        search_s: Seconds after which a search is answered by 504.
        change_s: The same of adding and removing.
        allowed_hosts: Names under which the server may be called (the ``Host`` header); empty: any.
    """

    token: str | None = field(default=None, repr=False)
    uploads: str | PathLike[str] | None = None
    max_bytes: int = 20_000_000
    max_pixels: int = 50_000_000
    max_pages: int = 50
    max_views: int = 4
    max_added: int = 100
    max_hits: int = 200
    threads: int | None = None
    waiting: int = 64
    body_s: float = 30.0
    search_s: float = 60.0
    change_s: float = 600.0
    allowed_hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)
        token = self.token
        if token is not None and not (len(token) >= LEAST_TOKEN and _plain(token)):
            raise ConfigError(
                f"token: {LEAST_TOKEN} or more letters, digits and signs without spaces, so that "
                "it cannot be guessed. Make one: python -c 'import secrets; "
                "print(secrets.token_urlsafe(24))'"
            )
        for name, value in vars(self).items():
            least = 0 if name == "waiting" else 1e-3
            if isinstance(value, int | float) and not value >= least:
                raise ConfigError(f"{name} = {value!r} must be more than 0.")

    @property
    def max_search_bytes(self) -> int:
        """Of the body of a search: its drawings, and room for its fields."""
        return self.max_views * self.max_bytes + ROOM

    @property
    def max_change_bytes(self) -> int:
        """Of the body of an addition."""
        return self.max_added * self.max_bytes + ROOM


ROOM = 2_000_000


def _plain(token: str) -> bool:
    return token.isascii() and token.isprintable() and " " not in token
