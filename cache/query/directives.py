"""What a query says besides its conditions: the order of the matches, and how many of them."""

from typing import Final

from cache.query.errors import QueryError
from cache.query.fields import ALIASES, SORT_FIELDS
from cache.query.lexing import Text
from cache.query.tree import Order

__all__ = ["ONE_SORT", "read_limit", "read_order"]

ONE_SORT: Final = "one `sort:` is enough; write several keys with commas"
_MOST_DIGITS: Final = 12


def read_order(text: Text) -> tuple[Order, ...]:
    """Read the sort keys that come next. Raises QueryError."""
    orders: list[Order] = []
    while True:
        column, key = text.column, text.value()
        text.position += len(key)
        name = key.removeprefix("-").lower()
        name = "number" if name in ("num", "number") else ALIASES.get(name, name)
        if name not in SORT_FIELDS:
            known = ", ".join(SORT_FIELDS)
            raise QueryError(column, f'cannot sort by "{key.removeprefix("-")}". Sort keys: {known}')
        descending = key.startswith("-")
        if name == "age":  # the older, the earlier it was created
            name, descending = "created", not descending
        if any(order.field == name for order in orders):
            raise QueryError(column, f"`{name}` is a sort key already")
        orders.append(Order(name, descending))
        if text.peek() != ",":
            return tuple(orders)
        text.position += 1


def read_limit(text: Text) -> int:
    """Read the number that comes next. Raises QueryError."""
    column, digits = text.column, text.value()
    text.position += len(digits)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS and int(digits)):
        raise QueryError(column, "limit: needs a number from 1")
    return int(digits)
