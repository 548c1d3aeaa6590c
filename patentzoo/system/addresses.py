"""What is an address rather than a path on this machine."""

from __future__ import annotations

import re

WEB = ("http", "https")
STORES = frozenset(
    ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "hdfs", "sftp", "smb", "memory")
)
"""What fsspec's libraries read, and what stands before ``://``."""
_SCHEME = re.compile(r"([a-z][a-z0-9]*)://", re.IGNORECASE)


def is_url(text: str) -> bool:
    """Whether a text is an http(s) address, or one in an object store, rather than a path."""
    scheme = scheme_of(text)
    return scheme in WEB or scheme in STORES


def is_store(text: str) -> bool:
    """Whether a text is an address in an object store, as ``s3://bucket/a.png``."""
    return scheme_of(text) in STORES


def scheme_of(text: str) -> str:
    """What stands before ``://`` at the beginning, in small letters; empty where nothing does."""
    found = _SCHEME.match(text)
    return found[1].lower() if found else ""


def shown(url: str) -> str:
    """An address without user, password and query, which may be secrets."""
    return re.sub(r"(?<=//)[^/@]*@|[?#].*", "", url)
