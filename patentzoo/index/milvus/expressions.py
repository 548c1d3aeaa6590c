"""``where=`` as an expression of Milvus: values are written as literals, none as it came.

A text becomes a literal in which quotes and backslashes are escaped; the name of a field becomes a
key of letters, digits and escapes (``rows.key_of``), itself in such a literal. Milvus knows three
truth values, so that "not" is written together with "or there is none". A beginning is written as
an interval of texts, since LIKE has letters of its own and servers differ in how they escape them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patentzoo.errors import ConfigError, QueryError, near_miss
from patentzoo.index.milvus.rows import ID, METADATA, key_of, to_json, to_text
from patentzoo.index.storage.field_types import KindOf, fit_where, plain_where, warn_of_mixed
from patentzoo.index.storage.filters import OPERATORS, Where
from patentzoo.index.storage.schema import FIXED
from patentzoo.index.storage.values import encode
from patentzoo.sources.names import GAZETTE

ALWAYS, NEVER = f'{ID} != ""', f'{ID} == ""'
"""No drawing's id is empty."""
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_COLLECTIONS = (set, frozenset, list, tuple)
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class MilvusFilter:
    """Which drawings may be found.

    Attributes:
        expression: Of Milvus; "" for all.
        without_gazette: The Official Gazette's pictures of patents that have another are left out.
    """

    expression: str = ""
    without_gazette: bool = False


def expression_of(where: Where, kinds: Mapping[str, str]) -> str:
    """The expression that is true for the drawings a filter keeps.

    Args:
        where: As for ``search``.
        kinds: The type of each field there is, as ``IndexStats.columns`` calls it.

    Raises:
        QueryError: A function, an unknown field or operator, or a value that cannot be compared.
    """
    if callable(where):
        raise QueryError(
            "where= is a function, which a Milvus server cannot run. Give a dict of fields."
        )
    kind_of: KindOf = lambda name: kinds.get(name, "")  # noqa: E731
    plain = plain_where(where if where is not None else {})
    warn_of_mixed(plain, kind_of)
    return _compiled(fit_where(plain, kind_of), kinds)


def text_literal(text: str) -> str:
    """A text between quotes, as it stands in an expression."""
    return f'"{text.translate(_ESCAPED)}"'


def among(column: str, texts: Iterable[str]) -> str:
    """The expression for a column of text that is one of several."""
    listed = ", ".join(text_literal(text) for text in texts)
    return f"{column} in [{listed}]" if listed else NEVER


def both(*parts: str) -> str:
    """All of these, those that are empty left out."""
    return _all([part for part in parts if part]) if any(parts) else ""


def less(filter_mask: MilvusFilter | None, left_out: str) -> MilvusFilter:
    """A filter that what an expression is true for does not pass, either."""
    chosen = filter_mask or MilvusFilter()
    return MilvusFilter(both(chosen.expression, f"not ({left_out})"), chosen.without_gazette)


def no_gazette() -> str:
    """True for drawings that are not from the Official Gazette."""
    return expression_of({GAZETTE: {"!=": True}}, {GAZETTE: "boolean"})


def _compiled(where: Any, kinds: Mapping[str, str]) -> str:
    if isinstance(where, Mapping):
        return _all([_field(name, wanted, kinds) for name, wanted in where.items()])
    if isinstance(where, list | tuple) and all(isinstance(each, Mapping) for each in where):
        return _any([_compiled(each, kinds) for each in where])
    raise QueryError(
        f"where= takes a dict, a list of dicts or a function, not {type(where).__name__}."
    )


def _field(name: Any, wanted: Any, kinds: Mapping[str, str]) -> str:
    if name not in kinds:
        raise QueryError(
            f"where= names {name!r}, which no drawing has. {near_miss(str(name), kinds)}"
        )
    field = _Field(name, kinds[name])
    try:
        if isinstance(wanted, Mapping):
            return _all([field.operator(*each) for each in wanted.items()])
        return field.equals(wanted if isinstance(wanted, _COLLECTIONS) else [wanted])
    except ConfigError as error:
        raise QueryError(
            f"where= compares {name!r} with a value it cannot have: {wanted!r}. None finds what "
            "has no value."
        ) from error


class _Field:
    """A field that is compared.

    Args:
        name: As a user calls it.
        kind: Its type.
    """

    def __init__(self, name: str, kind: str) -> None:
        self._name, self._kind = name, kind
        self._typed = name == ID or name in FIXED
        self._place = name if self._typed else f"{METADATA}[{text_literal(key_of(name))}]"

    def operator(self, operator: Any, value: Any) -> str:
        """A condition by an operator."""
        if operator not in OPERATORS:
            raise QueryError(
                f"where= knows no operator {operator!r} (field {self._name!r}). "
                f"{near_miss(str(operator), OPERATORS)}"
            )
        if operator in {"in", "not in"} and not isinstance(value, _COLLECTIONS):
            raise QueryError(
                f"where={{{self._name!r}: {{{operator!r}: ...}}}} takes several values."
            )
        if operator in {"=", "!="}:
            part = self.equals([value])
        elif operator in {"in", "not in"}:
            part = self.equals(value)
        elif operator in {"prefix", "not prefix"}:
            part = self._prefix(value)
        else:
            return self._compare(operator, value)
        if operator in {"!=", "not in", "not prefix"}:
            return self._not(part, None in (value if isinstance(value, _COLLECTIONS) else [value]))
        return part

    def equals(self, values: Collection[Any]) -> str:
        """One of several values, or a list that holds one of them."""
        given = [value for value in values if value is not None]
        parts = self._plain_equals(given)
        if self._kind in {"list", "mixed"} and given:
            forms = [form for value in given for form in _forms(value)]
            parts += [f"json_contains({self._place}, {_literal(form)})" for form in forms]
        if len(given) < len(values):
            parts.append(self._missing())
        return _any(parts)

    def _plain_equals(self, values: Sequence[Any]) -> list[str]:
        for value in values:
            encode(value)  # says what no drawing can have
        if not self._typed:
            forms = [form for value in values for form in _forms(value)]
            return [f"{self._place} == {_literal(form)}" for form in forms]
        if self._name == "page":
            numbers = [v for v in values if isinstance(v, int | float) and v == int(v)]
            return [f"{self._place} == {int(number)}" for number in numbers]
        texts = [to_text(value) for value in values if isinstance(value, str)]
        return [among(self._place, texts)] if texts else []

    def _compare(self, operator: str, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise QueryError(
                f"where= compares {self._name!r} with {value!r}: {operator!r} takes a number or "
                "text."
            )
        encode(value)
        self._refuse_lists(operator)
        if self._typed and (self._name == "page") == isinstance(value, str):
            return NEVER
        if isinstance(value, int) and abs(value) >= 1 << 63:
            value = float(value)
        return f"{self._place} {operator} {_literal(to_json(value))}"

    def _prefix(self, value: Any) -> str:
        if not isinstance(value, str):
            raise QueryError(f"where= compares {self._name!r} with {value!r}: 'prefix' takes text.")
        self._refuse_lists("prefix")
        if self._name == "page":
            return NEVER
        start, after = to_text(value), _after(value)
        parts = [f"{self._place} >= {text_literal(start)}"]
        return _all(parts + ([f"{self._place} < {text_literal(after)}"] if after else []))

    def _refuse_lists(self, operator: str) -> None:
        if self._kind == "list":
            raise QueryError(
                f"where= compares {self._name!r}, which holds lists, by {operator!r}: a Milvus "
                "server compares lists by =, in, != and not in only. Name the values, or keep the "
                "index in a folder."
            )

    def _missing(self) -> str:
        return f"{self._place} is null" if self._typed else f"not exists {self._place}"

    def _not(self, part: str, missing_counts: bool) -> str:
        if missing_counts or self._name == ID:
            return f"(not ({part}))"
        return _any([self._missing(), f"not ({part})"])


def _forms(value: Any) -> list[Any]:
    """Every JSON value that equals one of Python: there ``True == 1``."""
    plain = to_json(value)
    if isinstance(plain, bool):
        return [plain, int(plain)]
    if isinstance(plain, int | float) and plain in (0, 1):
        return [plain, bool(plain)]
    return [plain]


def _literal(value: Any) -> str:
    """A value, as ``to_json`` gives it, as it stands in an expression."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return text_literal(value)
    raise QueryError(f"where= compares with {value!r}; a Milvus server compares text and numbers.")


def _after(prefix: str) -> str:
    """The least text behind every text of this beginning; "" where there is none."""
    kept = prefix.rstrip(_LAST)
    if not kept:
        return ""
    code = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if 0xD800 <= code < 0xE000 else code)


def _all(parts: list[str]) -> str:
    return f"({' and '.join(parts)})" if parts else ALWAYS


def _any(parts: list[str]) -> str:
    return f"({' or '.join(parts)})" if parts else NEVER
