"""What may be written to a terminal: whether there is one, and text that cannot steer it."""

from __future__ import annotations

from typing import Any

from patentzoo.system.text import printable

_CONTROLS = {
    **{code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))},
    **{code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *range(0x202A, 0x202F))},
    **{code: f"\\u{code:04x}" for code in range(0x2066, 0x206A)},
    **{ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"},
}
"""Control characters, line ends and marks that turn text's direction, to how they are shown."""
_WITHIN_LINES = {code: shown for code, shown in _CONTROLS.items() if code not in (0x0A, 0x09)}


def is_terminal(stream: Any) -> bool:
    """Tell whether a stream is a terminal; programs with windows have None for stderr."""
    return stream is not None and bool(stream.isatty())


def visible(text: str) -> str:
    """Return a name as one line: a line end is written ``\\n``, an escape sequence ``\\x1b[``."""
    return printable(text).translate(_CONTROLS)


def visible_lines(text: str) -> str:
    """Return a message with its line ends, and every other control character escaped."""
    return printable(text).translate(_WITHIN_LINES)
