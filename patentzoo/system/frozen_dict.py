"""A dict that cannot be changed, and that copies, pickles and JSON take as they take any dict."""

from __future__ import annotations

from typing import Any, NoReturn


class FrozenDict(dict[str, Any]):
    """A dict whose content stays as it was made.

    A ``mappingproxy`` would do, but neither ``pickle``, ``copy.deepcopy``, ``dataclasses.asdict``
    nor ``json`` takes one.
    """

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            "What was found cannot be changed. For a copy that can be: dict(metadata). "
            "For the index itself: index.update({id: {field: value}})."
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)
