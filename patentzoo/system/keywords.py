"""Options that a function takes as ``**changes``, shown one by one in its signature and docstring.

``**changes: Unpack[EmbedChanges]`` (PEP 692) tells a type checker which keywords there are; at run
time Python sees none of them. Here ``help()`` and ``inspect.signature`` come to show each with its
default, and the description that stands on the class of the options.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def takes(changes: type, options: type, **usual: Any) -> Callable[[F], F]:
    """Show options in a function's signature and docstring.

    The function has ``options=`` and ``**changes``. In the signature the options take the place of
    ``options``, which becomes the last parameter; in the docstring, that of ``**changes``.

    Args:
        changes: The ``TypedDict`` that ``**changes`` unpacks.
        options: The dataclass with the defaults, whose docstring describes the options.
        usual: Defaults that are others in this function.
    """
    names = [
        name
        for kind in options.__mro__
        for name in inspect.get_annotations(kind)
        if name in changes.__annotations__
    ]
    defaults = {
        name: each.default for name, each in inspect.signature(options).parameters.items()
    } | usual

    def decorate(function: F) -> F:
        """Give the function the signature and the docstring that name each option."""
        own = list(inspect.signature(function).parameters.values())
        place = [each.name for each in own].index("options")
        shown = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=defaults[name],
                annotation=_text_of(changes.__annotations__[name]),
            )
            for name in dict.fromkeys(names)
        ]
        rest = [each for each in own[place + 1 :] if each.kind is not each.VAR_KEYWORD]
        signature = inspect.signature(function)
        parameters = [*own[:place], *shown, *rest, own[place]]
        function.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        entries = descriptions(options)
        text = "\n".join(entries[name] for name in dict.fromkeys(names) if name in entries)
        function.__doc__ = _filled_in(inspect.getdoc(function) or "", text)
        return function

    return decorate


def descriptions(options: type) -> dict[str, str]:
    """What the docstrings of a class and its bases say about each attribute, Google style."""
    found: dict[str, list[str]] = {}
    for kind in options.__mro__[::-1]:
        text = inspect.cleandoc(vars(kind).get("__doc__") or "")
        name = ""
        for line in text.partition("Attributes:\n")[2].splitlines():
            if not line.startswith(" "):
                break
            if line.startswith("     "):
                found[name].append(line)
            else:
                name = line.partition(":")[0].strip()
                found[name] = [line]
    return {name: "\n".join(lines) for name, lines in found.items()}


def _filled_in(docstring: str, entries: str) -> str:
    """Put entries where a docstring describes ``**changes``."""
    lines = docstring.splitlines()
    for number, line in enumerate(lines):
        if line.strip().startswith("**changes:"):
            return "\n".join([*lines[:number], entries, *lines[number + 1 :]])
    return docstring


def _text_of(annotation: Any) -> str:
    """An annotation as it was written."""
    return str(getattr(annotation, "__forward_arg__", annotation))
