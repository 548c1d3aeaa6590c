"""For mkdocs: the options that a function takes as ``**changes``, one by one, as ``help()`` shows.

Griffe reads the code without running it, and sees only ``**changes``. What ``takes`` of
``patentzoo.system.keywords`` makes of signature and docstring is put in their place here.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import griffe

KINDS = {
    inspect.Parameter.POSITIONAL_OR_KEYWORD: griffe.ParameterKind.positional_or_keyword,
    inspect.Parameter.KEYWORD_ONLY: griffe.ParameterKind.keyword_only,
}


class OptionParameters(griffe.Extension):
    """Replaces the signature and docstring of functions that are decorated with ``takes``."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        if not any(str(each.value).startswith("takes(") for each in func.decorators):
            return
        real: Any = importlib.import_module(func.module.path)
        for name in func.path.removeprefix(f"{func.module.path}.").split("."):
            real = getattr(real, name)
        func.overloads = None  # their keywords are those of the function
        assert func.docstring is not None
        func.docstring.value = inspect.getdoc(real) or ""
        func.parameters = griffe.Parameters(
            *map(shown, inspect.signature(real).parameters.values())
        )


def shown(parameter: inspect.Parameter) -> griffe.Parameter:
    """A parameter as Griffe has it."""
    default = parameter.default
    return griffe.Parameter(
        parameter.name,
        annotation=None if parameter.annotation is parameter.empty else str(parameter.annotation),
        kind=KINDS[parameter.kind],
        default=None if default is parameter.empty else repr(default),
    )
