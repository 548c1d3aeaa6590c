"""Objects in a store, as ``s3://bucket/a.png``, read through fsspec and its libraries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from patentzoo.errors import ImageDecodeError, ImageNotFoundError, MissingExtraError, PatentZooError
from patentzoo.system.addresses import scheme_of, shown

_Found = TypeVar("_Found")
_INSTALL = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("abfs", "abfss", "adl", "az"), "adlfs"),
    "oss": "ossfs",
    "sftp": "paramiko",
    "smb": "smbprotocol",
}


def read_store(address: str, max_bytes: int) -> bytes:
    """Read one object.

    Args:
        address: As ``s3://bucket/folder/a.png``.
        max_bytes: What is larger is refused before it is read.

    Raises:
        ImageNotFoundError: It is not there, or may not be read.
        ImageDecodeError: Larger than ``max_bytes``.
        MissingExtraError: The library of this kind of store is not installed.
    """
    system, path = opened(address)
    size = asked(address, partial(system.size, path))
    if size is not None and size > max_bytes:
        raise ImageDecodeError(
            f"{shown(address)}: larger than max_bytes = {max_bytes:,}. Raise the limit if it is to "
            "be trusted."
        )
    return bytes(asked(address, partial(system.cat_file, path)))


def opened(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path there.

    Raises:
        MissingExtraError: The library of this kind of store is not installed.
        ImageNotFoundError: The address cannot be used.
    """
    import fsspec

    scheme = scheme_of(address)
    try:
        system, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        library = _INSTALL.get(scheme, scheme)
        raise MissingExtraError(
            f"{shown(address)}: {scheme}:// needs the library {library} ({error}). Install it: "
            f"pip install {library}"
        ) from error
    except (OSError, ValueError) as error:
        raise _unread(address, error) from error
    return system, path


def asked(address: str, call: Callable[[], _Found]) -> _Found:
    """What a store answers; each library has errors of its own.

    Raises:
        ImageNotFoundError: Whatever went wrong.
    """
    try:
        return call()
    except PatentZooError:
        raise
    except FileNotFoundError as error:
        raise ImageNotFoundError(
            f"{shown(address)}: nothing is there. Check the address."
        ) from error
    except Exception as error:
        raise _unread(address, error) from error


def _unread(address: str, error: Exception) -> ImageNotFoundError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return ImageNotFoundError(
        f"{shown(address)}: cannot be read ({reason[:200]}). Check the address, and the rights and "
        "settings that its library reads from the environment."
    )
