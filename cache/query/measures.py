"""What numbers, times and lengths of time mean."""

from math import inf, nextafter
from typing import TYPE_CHECKING, Literal, TypeAlias

from cache.names import fold
from cache.query.combine import either
from cache.query.context import QueryContext
from cache.query.errors import QueryError
from cache.query.meaning import AnswerBetween, AnswerGiven, Between, Meaning, Numbered, Tagged
from cache.query.texts import answer_text, folded
from cache.query.tree import Operator, Predicate, Range, Value
from cache.query.values import measure_of

if TYPE_CHECKING:
    from cache.query.times import Calendar

__all__ = [
    "answer_meaning",
    "length_meaning",
    "meta_meaning",
    "number_meaning",
    "share_meaning",
    "time_meaning",
]

_Ends: TypeAlias = tuple[float | None, float | None]


def number_meaning(node: Predicate, _: QueryContext) -> Meaning:
    """The number the provider gave."""
    if not node.values:
        return Numbered()
    parts: list[Meaning] = []
    for value in node.values:
        if isinstance(value, Range):
            low, high = (int(end.text) if end else None for end in (value.low, value.high))
        else:
            number = int(value.text)
            low = {"<": None, "<=": None, ">": number + 1}.get(node.operator, number)
            high = {">": None, ">=": None, "<": number - 1}.get(node.operator, number)
        parts.append(Numbered(low, high))
    return either(parts)


def share_meaning(node: Predicate, _: QueryContext) -> Meaning:
    """A part of the whole, from 0 to 1."""
    if not node.values:
        return Between(node.field, None, None)
    return either([Between(node.field, *_numbers(value, node.operator)) for value in node.values])


def time_meaning(node: Predicate, context: QueryContext) -> Meaning:
    """A time of the provider."""
    if not node.values:
        return Between(node.field, None, None)
    calendar = _calendar(context)
    return either([part for value in node.values for part in _times(node, value, calendar)])


def length_meaning(node: Predicate, context: QueryContext) -> Meaning:
    """How long ago it was created, or how long the visitor took."""
    name = "created" if node.field == "age" else node.field
    if not node.values:
        return Between(name, None, None)
    calendar = _calendar(context)
    ends = (_lengths(value, node, calendar) for value in node.values)
    return either([Between(name, *pair) for pair in ends])


def answer_meaning(node: Predicate, _: QueryContext) -> Meaning:
    """One answer, as words, a number or a day."""
    label = fold(node.name)
    if not node.values:
        return AnswerGiven(label)
    return either([part for value in node.values for part in _answers(label, value, node.operator)])


def meta_meaning(node: Predicate, _: QueryContext) -> Meaning:
    """One value of the metadata, as it is or as a number."""
    name = f"meta.{fold(node.name)}"
    if not node.values:
        return Tagged(name, None)
    parts: list[Meaning] = []
    for value in node.values:
        is_text = isinstance(value, Value) and node.operator == "="
        if isinstance(value, Value) and is_text:
            parts.append(Tagged(name, frozenset((folded(value),))))
        if not isinstance(value, Value) or not is_text or measure_of(value.text) is not None:
            parts.append(Between(name, *_numbers(value, node.operator)))
    return either(parts)


def _calendar(context: QueryContext) -> "Calendar":
    from cache.query.times import Calendar  # only where a query speaks of time

    return Calendar(context.now, context.zone)


def _numbers(value: Value | Range, operator: Operator) -> _Ends:
    if isinstance(value, Range):
        return (_number(value.low) if value.low else None, _number(value.high) if value.high else None)
    number = _number(value)
    return _compared(number, number, operator)


def _number(value: Value) -> float:
    number = measure_of(value.text)
    if number is None:
        raise QueryError(value.column, "not a number")
    return number


def _below(number: float) -> float:
    """The greatest number below `number`."""
    return nextafter(number, -inf)


def _above(number: float) -> float:
    """The smallest number above `number`."""
    return nextafter(number, inf)


def _compared(first: float, last: float, operator: Operator) -> _Ends:
    """What compares like this with everything from `first` to `last`."""
    ends: dict[Operator, _Ends] = {
        "<": (None, _below(first)),
        "<=": (None, last),
        ">": (_above(last), None),
        ">=": (first, None),
    }
    return ends.get(operator, (first, last))


def _times(node: Predicate, value: Value | Range, calendar: "Calendar") -> list[Meaning]:
    from cache.query.times import is_relative

    if isinstance(value, Range):
        low = calendar.spans(value.low.text, value.low.column)[0][0] if value.low else None
        high = _below(calendar.spans(value.high.text, value.high.column)[-1][1]) if value.high else None
        return [Between(node.field, low, high)]
    if is_relative(value.text):
        return [Between(node.field, calendar.since(value.text), None)]
    spans = calendar.spans(value.text, value.column)
    if node.operator == "=":
        return [Between(node.field, start, _below(end)) for start, end in spans]
    return [Between(node.field, *_compared(spans[0][0], _below(spans[-1][1]), node.operator))]


def _lengths(value: Value | Range, node: Predicate, calendar: "Calendar") -> _Ends:
    from cache.query.times import Length, read_length

    def ends(low: Length | None, high: Length | None, *, open_low: bool, open_high: bool) -> _Ends:
        """What is at least as long as `low` and at most as long as `high`, or longer and shorter than."""
        if node.field == "age":  # the longer ago, the smaller the time
            early = calendar.ago(high) if high else None
            late = calendar.ago(low) if low else None
            return (
                _above(early) if early is not None and open_high else early,
                _below(late) if late is not None and open_low else late,
            )
        least = low.seconds if low else None
        most = high.seconds if high else None
        return (
            _above(least) if least is not None and open_low else least,
            _below(most) if most is not None and open_high else most,
        )

    if isinstance(value, Range):
        low, high = (read_length(end.text, end.column) if end else None for end in (value.low, value.high))
        return ends(low, high, open_low=False, open_high=False)
    length = read_length(value.text, value.column)
    if node.operator == "=":
        return ends(length, length.next, open_low=False, open_high=True)
    strict = node.operator in ("<", ">")
    if node.operator in ("<", "<="):
        return ends(None, length, open_low=False, open_high=strict)
    return ends(length, None, open_low=strict, open_high=False)


def _answers(label: str, value: Value | Range, operator: Operator) -> list[Meaning]:
    parts: list[Meaning] = []
    if isinstance(value, Value) and operator == "=":
        if value.quoted:
            return [answer_text(label, value)]
        is_text = measure_of(value.text) is None and _days(value, operator) is None
        parts.append(answer_text(label, value, prefix=is_text))
        if is_text:
            return parts
    one = value if isinstance(value, Value) else value.low or value.high
    if one is None:
        return parts
    kind: Literal["number", "date"] = "number" if measure_of(one.text) is not None else "date"
    if kind == "number":
        parts.insert(0, AnswerBetween(label, kind, *_numbers(value, operator)))
    elif (days := _days(value, operator)) is not None:
        parts.insert(0, AnswerBetween(label, kind, *days))
    return parts


def _days(value: Value | Range, operator: Operator) -> _Ends | None:
    """Days counted from 0001-01-01; None for what is no day or month."""
    from cache.query.times import dated

    if isinstance(value, Range):
        low, high = (dated(end.text) if end else None for end in (value.low, value.high))
        return (low[0] if low else None, high[1] if high else None)
    found = dated(value.text)
    if found is None:
        return None
    first, last = found
    ends: dict[Operator, _Ends] = {
        "<": (None, first - 1),
        "<=": (None, last),
        ">": (last + 1, None),
        ">=": (first, None),
    }
    return ends.get(operator, (first, last))
