"""From the text a person typed to a tree. Every term counts: what cannot be honoured is an error."""

import re
from collections.abc import Iterator
from typing import Final, cast

from cache.query.errors import QueryError
from cache.query.fields import ALIASES, FIELDS, SORT_FIELDS, VALUES
from cache.query.tree import Operator, Order, Query, Term, Value, Word

__all__ = ["parse_query"]

_FIELD: Final = re.compile(r"([^\W\d_][\w.]*)(?::(?!//)|(?=[<>=]|!=))")
_OPERATOR: Final = re.compile(r"!=|<=|>=|=|<|>")
_LABELLED: Final = re.compile(r'[^\W\d_][\w.]*\.(?=")')
_SPACE: Final = re.compile(r"\s+")
_BARE: Final = re.compile(r'[^\s"]+')


def parse_query(text: str) -> Query:
    """Parse a query. Raises QueryError with the column of the first thing that cannot be honoured."""
    terms: list[Word | Term] = []
    order: tuple[Order, ...] | None = None
    for start, negated, token_start, end in _tokens(text):
        token = text[token_start:end]
        if token.startswith('"'):
            terms.append(_quoted(token, token_start, negated=negated))
            continue
        named = _FIELD.match(text, token_start)
        if named is None:
            terms.append(_word(token, start, token_start, negated=negated))
            continue
        field = _field_name(named.group(1), token, token_start)
        value_start = named.end()
        values = text[value_start:end]
        if field == "sort":
            if order is not None or negated:
                raise QueryError(start + 1, "one `sort:` is enough; write several keys with commas")
            order = _order(values, value_start)
        else:
            terms.append(_term(field, values, value_start, start, negated=negated))
    if order is None:
        return Query(text, tuple(terms))
    return Query(text, tuple(terms), order)


def _tokens(text: str) -> Iterator[tuple[int, bool, int, int]]:
    """Where each term starts, whether it is negated, and where what it says starts and ends."""
    position = 0
    while True:
        space = _SPACE.match(text, position)
        if space:
            position = space.end()
        if position >= len(text):
            return
        start, negated = position, False
        while position + 1 < len(text) and text[position] in "-!" and not text[position + 1].isspace():
            negated = not negated
            position += 1
        end = _token_end(text, position)
        yield start, negated, position, end
        position = end


def _token_end(text: str, start: int) -> int:
    """The end of a term: after its quote, at a space outside quotes for a field, at either for a word."""
    if text[start] == '"':
        return _closing(text, start)
    labelled = _LABELLED.match(text, start)
    if labelled:
        raise _no_field(
            labelled.group(), text[start : _closing(text, labelled.end())].replace('"', " "), start
        )
    if not _FIELD.match(text, start):
        return cast("re.Match[str]", _BARE.match(text, start)).end()
    position = start
    while position < len(text) and not text[position].isspace():
        position = _closing(text, position) if text[position] == '"' else position + 1
    return position


def _closing(text: str, quote: int) -> int:
    """The position after the quote that closes the one at `quote`."""
    closing = text.find('"', quote + 1)
    if closing < 0:
        raise QueryError(quote + 1, "this quote is never closed")
    return closing + 1


def _quoted(token: str, start: int, *, negated: bool) -> Word:
    content = token[1:-1].strip()
    if not content:
        raise QueryError(start + 1, "there is nothing between these quotes")
    return Word(content, start + 1, negated, quoted=True)


def _word(bare: str, start: int, token_start: int, *, negated: bool) -> Word:
    if bare in ("OR", "AND", "NOT", "|"):
        raise QueryError(
            start + 1,
            f"{bare} is not understood. For any of several values write `status:new,read`; "
            f'to search for the word write `"{bare}"`',
        )
    sign = re.search(r"[()|]", bare)
    if sign:
        what = "| is not understood" if sign.group() == "|" else "groups are not understood"
        raise QueryError(token_start + sign.start() + 1, f'{what}. To search for the text write `"{bare}"`')
    return Word(bare, start + 1, negated)


def _field_name(name: str, token: str, position: int) -> str:
    field = name.lower()
    field = ALIASES.get(field, field)
    if field in FIELDS:
        return field
    raise _no_field(name, token, position)


def _no_field(name: str, token: str, position: int) -> QueryError:
    import difflib  # only when something is misspelt

    near = difflib.get_close_matches(name.lower(), FIELDS, n=1, cutoff=0.7)
    hint = f"Did you mean `{near[0]}:`?" if near else f'To search for the text write `"{token}"`'
    return QueryError(position + 1, f'there is no field "{name}". {hint}')


def _term(field: str, values: str, value_start: int, start: int, *, negated: bool) -> Term:
    operator: Operator = "="
    found = _OPERATOR.match(values)
    if found:
        negated ^= found.group() == "!="
        operator = cast("Operator", found.group().removeprefix("!"))
        values = values[found.end() :]
        value_start += found.end()
        if field != "priority" and operator != "=":
            raise QueryError(value_start + 1, f"{field} has no order. Write `{field}:{values}`")
    if values.startswith("["):
        raise QueryError(value_start + 1, "lists are written with commas: `status:new,read`")
    if values.startswith("/"):
        raise QueryError(value_start + 1, "patterns are not supported. Write the text itself")
    parsed: list[Value] = []
    position = value_start
    for part in _split(values):
        value = part.strip('"').strip()
        if not value:
            raise QueryError(position + 1, f"{field}: needs a value here{_known(field)}")
        parsed.append(Value(_checked(field, value, position), position + 1))
        position += len(part) + 1
    if operator != "=" and len(parsed) > 1:
        raise QueryError(value_start + 1, "a comparison takes one value")
    return Term(field, tuple(parsed), start + 1, negated, operator)


def _split(values: str) -> list[str]:
    """The comma list, commas inside quotes kept."""
    parts, current, inside = [], "", False
    for character in values:
        if character == '"':
            inside = not inside
        if character == "," and not inside:
            parts.append(current)
            current = ""
        else:
            current += character
    return [*parts, current]


def _known(field: str) -> str:
    return f". Values: {', '.join(VALUES[field])}" if field in VALUES else ""


def _checked(field: str, value: str, position: int) -> str:
    """The canonical spelling of a value; free fields keep what was typed."""
    allowed = VALUES.get(field)
    if allowed is None:
        return value
    folded = value.lower()
    if folded in allowed:
        return folded
    if field == "status" and folded == "open":
        raise QueryError(position + 1, 'status has no value "open". `is:open` means new, read or in progress')
    if field == "is":
        hint = _near_state(folded) or f"Values: {', '.join(VALUES[field])}"
        raise QueryError(position + 1, f'`is:` has no value "{value}". {hint}')
    raise QueryError(position + 1, f'{field} has no value "{value}"{_known(field)}')


def _near_state(value: str) -> str | None:
    import difflib  # only when something is misspelt

    near = difflib.get_close_matches(value, VALUES["is"], n=1)
    return f"Did you mean `is:{near[0]}`?" if near else None


def _order(values: str, value_start: int) -> tuple[Order, ...]:
    orders: list[Order] = []
    position = value_start
    for part in values.split(","):
        name = part.removeprefix("-").lower()
        name = "number" if name == "num" else ALIASES.get(name, name)
        if name not in SORT_FIELDS:
            raise QueryError(
                position + 1,
                f'cannot sort by "{part.removeprefix("-")}". Sort keys: {", ".join(SORT_FIELDS)}',
            )
        orders.append(Order(name, part.startswith("-")))
        position += len(part) + 1
    return tuple(orders)
