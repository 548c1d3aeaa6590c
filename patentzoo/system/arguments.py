"""Types of arguments: what is given in the wrong place or type is an error that says so."""

from __future__ import annotations

import functools
import inspect
import numbers
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from reprlib import Repr
from typing import Any, ParamSpec, TypeVar

from patentzoo.errors import ConfigError, near_miss
from patentzoo.system.files import why_no_path

P = ParamSpec("P")
T = TypeVar("T")

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 60


@dataclass(frozen=True)
class Rule:
    """What an argument may be.

    Attributes:
        words: For the error message.
        fits: Whether a value is one.
    """

    words: str
    fits: Callable[[Any], bool]

    def __or__(self, other: None) -> Rule:
        """The same, or None."""
        return Rule(f"{self.words}, or None", lambda value: value is None or self.fits(value))


def _is_whole(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _is_flag(value: Any) -> bool:
    return type(value).__name__ in {"bool", "bool_"} or (_is_whole(value) and value in (0, 1))


def _is_path(value: str | os.PathLike[str]) -> bool:
    """Whether a path is there; the empty one would be the working folder.

    What no file can be called is for the call to tell, in its own words.
    """
    return bool(os.fspath(value))


WHOLE = Rule("a whole number", _is_whole)
NUMBER = Rule(
    "a number", lambda value: isinstance(value, numbers.Real) and not isinstance(value, bool)
)
FLAG = Rule("True or False", _is_flag)
TEXT = Rule("text", lambda value: isinstance(value, str))
PATH = Rule("a path", lambda value: isinstance(value, str | os.PathLike) and _is_path(value))
POSSIBLE_PATH = Rule(
    "a path that can exist", lambda value: PATH.fits(value) and why_no_path(value) is None
)
TABLE = Rule("a dict", lambda value: isinstance(value, Mapping))
FUNCTION = Rule("a function", callable)

_RULES: dict[str, Rule] = {
    **dict.fromkeys(("batch_size", "queries"), WHOLE),
    "seed": Rule("a whole number from 0", lambda value: _is_whole(value) and value >= 0),
    **dict.fromkeys(("workers",), WHOLE | None),
    **dict.fromkeys(("progress", "allow_urls", "processes", "mmap"), FLAG),
    **dict.fromkeys(("overwrite", "prune", "mirror", "gazette"), FLAG),
    **dict.fromkeys(("verify", "offline"), FLAG | None),
    **dict.fromkeys(("on_error", "device", "backend", "storage", "kind", "orient"), TEXT),
    **dict.fromkeys(("group_by", "rerank"), TEXT | None),
    "views": Rule("True, False or text", lambda value: _is_flag(value) or isinstance(value, str))
    | None,
    "offset": WHOLE,
    "text": TEXT | None,
    "text_weight": NUMBER,
    "min_score": NUMBER | None,
    **dict.fromkeys(("figures", "photos", "engine", "revision"), TEXT | None),
    **dict.fromkeys(("cache_dir",), POSSIBLE_PATH | None),
    **dict.fromkeys(("timings",), FUNCTION | None),
    **dict.fromkeys(("limits",), TABLE | None),
    **dict.fromkeys(("max_pixels", "max_bytes", "max_members", "max_ratio", "max_nesting"), NUMBER),
}
"""By the argument's name, which means the same in every call."""


def checked(**own: Rule) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Check the types of a public call's arguments before it begins.

    Args:
        own: Rules of arguments that mean something in this call alone.

    Returns:
        A decorator; the function raises ConfigError for an argument of another type, and TypeError,
        as any function does, for a keyword it does not know, with the near miss.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        """Return the function with its arguments checked before it runs."""
        parameters = inspect.signature(function).parameters
        names = list(parameters)
        placed = [
            name
            for name, each in parameters.items()
            if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        ]
        rules = {name: rule for name, rule in (_RULES | own).items() if name in names}

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            """Check the arguments of one call, and make it."""
            for name in kwargs.keys() - names:
                raise TypeError(
                    f"{function.__qualname__}() got an unexpected keyword argument {name!r}. "
                    f"{near_miss(name, set(names) - {'self'})}"
                )
            if len(args) > len(placed):
                own = [name for name in placed if name != "self"]
                raise TypeError(f"{function.__name__}({', '.join(own)}): {_by_name(len(own))}")
            for name, value in [*zip(names, args, strict=False), *kwargs.items()]:
                if name in rules:
                    check(function.__name__, name, value, rules[name])
            return function(*args, **kwargs)

        return call

    return decorate


def _by_name(placed: int) -> str:
    """What may be given by its place, where more was."""
    if placed == 0:
        return "every argument is given by name, as name=value."
    which = f"these {placed} are" if placed > 1 else "this one is"
    return f"{which} given by place, all others by name, as name=value."


def check_fields(options: Any) -> None:
    """Raise ConfigError unless each field of a dataclass is what the rule of its name says."""
    for name, value in vars(options).items():
        if name in _RULES:
            check(type(options).__name__, name, value, _RULES[name])


def check(call: str, name: str, value: Any, rule: Rule) -> None:
    """Raise ConfigError unless an argument is what its rule says."""
    check_value(f"{call}(): {name}", value, rule)


def check_value(name: str, value: Any, rule: Rule) -> None:
    """Raise ConfigError unless a value, which its name tells by itself, is what its rule says."""
    if not rule.fits(value):
        raise ConfigError(f"{name} = {shown(value)} should be {rule.words}.")


def shown(value: Any) -> str:
    """A value as an error message shows it: short, with its type."""
    kind = type(value).__name__
    try:
        text = " ".join(_SHORT.repr(value).split())
    except Exception:
        return f"a {kind}"
    return text if text.startswith((kind, f"<{kind}")) else f"{text} ({kind})"
