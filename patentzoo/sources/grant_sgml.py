"""Grants of 2001 and early 2002, which are SGML -> XML that expat reads."""

from __future__ import annotations

import html
import re

_EMPTY = (
    b"B221US|B473US|B597US|CHEMCDX|CHEMMOL|CITED-BY-EXAMINER|CITED-BY-OTHER|COLSPEC|"
    b"CUSTOM-CHARACTER|DEL-E|DEL-S|EMI|INS-E|INS-S|MATHEMATICA"
)
"""Elements without content, whose tags stand open in SGML; of ST32-US-Grant-024.dtd."""

_OPEN = re.compile(rb"<((?:" + _EMPTY + rb")(?:\s[^<>]*?)?)\s*(?<!/)>")
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,30});")
_OF_XML = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))


def as_xml(data: bytes) -> bytes:
    """Close the elements without content, and write characters that have a name as numbers.

    What is XML already stays as it is, byte for byte.
    """
    return _NAMED.sub(_numbered, _OPEN.sub(rb"<\1/>", data))


def _numbered(name: re.Match[bytes]) -> bytes:
    """``&mdash;`` -> ``&#8212;``; a name that HTML does not know stays."""
    if name[1] in _OF_XML:
        return name[0]
    text = name[0].decode("ascii")
    known = html.unescape(text)
    return name[0] if known == text else b"".join(b"&#%d;" % ord(each) for each in known)
