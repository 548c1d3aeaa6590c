"""Names in zips that say nothing of their encoding -> text."""

from __future__ import annotations

import zipfile

_UTF8_FLAG = 0x800
_WIDE = ((0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF))
"""Kana, kanji, and the wide and narrow forms of Japanese: first and last code points."""


def name_of(info: zipfile.ZipInfo) -> str:
    """Return a member's name, with ``/`` between folders.

    Without the flag for UTF-8 a name is in the encoding of who packed it, which zipfile reads as
    cp437. UTF-8 is tried first, then cp932 (Japanese Windows), whose second bytes may be a
    backslash: it is no separator there.
    """
    if info.flag_bits & _UTF8_FLAG or info.filename.isascii():
        return info.filename.replace("\\", "/")
    try:
        stored = info.orig_filename.partition("\0")[0].encode("cp437")
    except UnicodeEncodeError:  # decoded from something else by an extra field
        return info.filename.replace("\\", "/")
    for encoding, fits in (("utf-8", _any_text), ("cp932", _is_japanese)):
        try:
            name = stored.decode(encoding)
        except UnicodeDecodeError:
            continue
        if fits(name):
            return name.replace("\\", "/")
    return info.filename.replace("\\", "/")


def _any_text(name: str) -> bool:
    return True


def _is_japanese(name: str) -> bool:
    """Whether decoding as cp932 gave a Japanese name, not a western one with its accents eaten.

    "Möbel" becomes one kanji among Latin letters; in a Japanese name they are half of it or more.
    """
    for part in name.replace("\\", "/").split("/"):
        stem = [each for each in part.rpartition(".")[0] or part if each.isalpha()]
        wide = sum(any(low <= ord(each) <= high for low, high in _WIDE) for each in stem)
        foreign = sum(not each.isascii() for each in stem)
        if foreign and (wide < foreign or 2 * wide < len(stem)):
            return False
    return True
