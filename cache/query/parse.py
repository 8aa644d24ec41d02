"""From the text a person typed to a tree. Every term counts: what cannot be honoured is an error."""

from typing import Final, NamedTuple, cast

from cache.query.directives import ONE_SORT, read_limit, read_order
from cache.query.errors import QueryError
from cache.query.fields import ALIASES, FIELDS, HABITS, ORDERED, VALUES, kind_of
from cache.query.lexing import Text, is_pattern, split_range
from cache.query.tree import (
    DEFAULT_ORDER,
    And,
    Hint,
    Node,
    Not,
    Operator,
    Or,
    Order,
    Predicate,
    Query,
    Range,
    Value,
    Word,
)
from cache.query.values import (
    check_comparison,
    check_range,
    check_value,
    may_be_id,
    may_be_range,
    no_field,
    number_of,
)

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "MAX_TERMS", "parse_query"]

MAX_LENGTH: Final = 20_000
"""Characters of a query."""
MAX_TERMS: Final = 400
"""Words and values of a query: SQLite takes conditions up to a depth only."""
MAX_DEPTH: Final = 8
"""Groups inside one another."""

_SIGNS: Final = ("OR", "|", "AND", "NOT")


def parse_query(text: str, *, partial: bool = False) -> Query:
    """Parse a query. Raises QueryError with the column of the first thing that cannot be honoured.

    `partial`: the text is being typed, so what is open at its end (a quote, a group, an operator) is taken as
    far as it goes.
    """
    return _Parser(text, partial=partial).query()


class _Field(NamedTuple):
    """What stands before the values of a predicate."""

    name: str
    label: str
    column: int
    typed: str
    """As it was typed."""
    habit: str
    """The operator that a field of another program stands for, or nothing."""


class _Sign(NamedTuple):
    """An operator between or before terms."""

    text: str
    column: int

    def lacks(self, side: str) -> QueryError:
        return QueryError(self.column, f"{self.text} needs something on its {side}")


class _Parser:
    """Recursive descent, one method for each rule."""

    def __init__(self, text: str, *, partial: bool) -> None:
        self._text = Text(text, partial=partial)
        self._partial = partial
        self._depth = 0
        self._size = 0
        self._order: tuple[Order, ...] | None = None
        self._limit: int | None = None
        self._hints: list[Hint] = []

    def query(self) -> Query:
        typed = self._text.text
        if len(typed) > MAX_LENGTH:
            raise QueryError(MAX_LENGTH + 1, f"a query has at most {MAX_LENGTH:,} characters")
        root = self._any(None)
        if not self._text.at_end():
            raise QueryError(self._text.column, "this ) closes nothing")
        order = DEFAULT_ORDER if self._order is None else self._order
        hints = [] if isinstance(root, Word) else self._hints
        return Query(typed, root, order, self._limit, tuple(dict.fromkeys(hints)))

    def _any(self, field: _Field | None) -> Node | None:
        nodes: list[Node] = []
        before: _Sign | None = None
        while True:
            node = self._all(field)
            after = self._sign("OR", "|")
            if node is not None:
                nodes.append(node)
            elif before is not None:
                if not self._is_open():
                    raise before.lacks("right")
            elif after is not None:
                raise after.lacks("left")
            if after is None:
                return _joined(Or, nodes)
            before = after

    def _all(self, field: _Field | None) -> Node | None:
        nodes: list[Node] = []
        before: _Sign | None = None
        while not self._text.at_end() and self._text.peek() not in ")|" and self._text.bare() != "OR":
            sign = self._sign("AND")
            if sign is not None:
                if before is not None or not nodes:
                    raise before.lacks("right") if before else sign.lacks("left")
                before = sign
                continue
            node = self._unary(field)
            if node is not None:
                nodes.append(node)
                before = None
        if before is not None and not self._is_open():
            raise before.lacks("right")
        return _joined(And, nodes)

    def _sign(self, *signs: str) -> _Sign | None:
        """The operator that comes next, if it is one of these, passed over."""
        if self._text.at_end():
            return None
        found = self._text.bare() or self._text.peek()
        if found not in signs:
            return None
        sign = _Sign(found, self._text.column)
        self._text.position += len(found)
        return sign

    def _is_open(self) -> bool:
        """Whether what is missing here may yet be typed."""
        return self._partial and self._text.at_end()

    def _unary(self, field: _Field | None) -> Node | None:
        start, negated, last = self._text.column, False, None
        while (sign := self._minus(field) or self._sign("NOT")) is not None:
            negated, last = not negated, sign
            self._text.at_end()
        if last is None:
            return self._atom(field)
        if self._text.at_end() or self._text.peek() in ")|" or self._text.bare() in _SIGNS:
            if self._is_open():
                return None
            raise last.lacks("right")
        directives = (self._order, self._limit)
        node = self._atom(field)
        if self._order is not directives[0]:
            raise QueryError(start, ONE_SORT)
        if self._limit is not directives[1]:
            raise QueryError(start, "`limit:` has no opposite")
        if node is None or not negated:
            return node
        return node.node if isinstance(node, Not) else Not(node, start)

    def _minus(self, field: _Field | None) -> _Sign | None:
        """A minus or an exclamation mark that stands right before something, passed over."""
        text = self._text
        sign, following = text.peek(), text.peek(1)
        if sign not in ("-", "!"):
            return None
        if self._partial and not following:
            text.position += 1
            return _Sign(sign, text.column - 1)
        if not following or following.isspace() or following in ")|":
            return None
        if field is not None and sign == "-" and following.isdecimal() and kind_of(field.name) == "time":
            return None
        text.position += 1
        return _Sign(sign, text.column - 1)

    def _atom(self, field: _Field | None) -> Node | None:
        text = self._text
        start = text.column
        if text.peek() == "(":
            return self._group(field)
        if field is not None:
            return self._predicate(field._replace(column=start), text.operator())
        if text.peek() == '"':
            content = text.quoted()
            if content:
                return self._word(content, start, quoted=True)
            if self._is_open():
                return None
            raise QueryError(start, "there is nothing between these quotes")
        named = text.field()
        if named is None:
            bare = text.bare()
            text.position += len(bare)
            return self._word(bare, start)
        known = self._field(named.name, named.label)
        text.position = named.end
        colon = text.peek() == ":"
        if colon:
            text.position += 1
        operator = text.operator()
        if known.name in ("sort", "limit"):
            self._directive(known.name, start)
            return None
        if colon and operator is None and text.peek() == "(":
            return self._group(known)
        return self._predicate(known, operator)

    def _directive(self, name: str, start: int) -> None:
        """Take what comes next as the order or the limit: neither is a condition."""
        if self._depth:
            raise QueryError(start, f"`{name}:` stands outside of groups")
        if name == "sort":
            if self._order is not None:
                raise QueryError(start, ONE_SORT)
            self._order = read_order(self._text)
        else:
            if self._limit is not None:
                raise QueryError(start, "one `limit:` is enough")
            self._limit = read_limit(self._text)

    def _group(self, field: _Field | None) -> Node | None:
        text = self._text
        start = text.column
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QueryError(start, f"groups go at most {MAX_DEPTH} deep")
        text.position += 1
        node = self._any(field)
        self._depth -= 1
        if text.at_end():
            if not self._partial:
                raise QueryError(start, "this ( is never closed")
            return node
        text.position += 1
        if node is None:
            raise QueryError(start, "there is nothing in this group")
        return node

    def _word(self, content: str, column: int, *, quoted: bool = False) -> Node:
        self._counted(column)
        number = None if quoted or may_be_id(content) else number_of(content)
        if number is not None:
            return Predicate("num", (Value(str(number), column),), column)
        if not quoted and content in ("or", "and", "not"):
            told = f"`{content}` was searched for. The operator is written {content.upper()}"
            self._hints.append(Hint("searched", told))
        return Word(content, column, quoted)

    def _counted(self, column: int) -> None:
        self._size += 1
        if self._size > MAX_TERMS:
            raise QueryError(column, f"a query has at most {MAX_TERMS} words and values")

    def _field(self, name: str, label: str | None) -> _Field:
        """The field of a name that comes next. Raises QueryError when there is none."""
        column = self._text.column
        folded = name.lower()
        head, dot, tail = folded.partition(".")
        if dot and head in ("f", "meta") and (tail or label):
            label = (label or tail).lower()
            return _Field(head, label, column, f"{head}.{label}", "")
        if folded in HABITS:
            field, operator = HABITS[folded]
            return _Field(field, "", column, name, operator)
        field = ALIASES.get(folded, folded)
        if field not in FIELDS:
            raise no_field(name, self._text.token(), column)
        return _Field(field, "", column, name, "")

    def _predicate(self, field: _Field, operator: Operator | None) -> Node:
        text = self._text
        start = text.column
        if field.habit and operator is not None:
            raise QueryError(start, f"write `{field.name}:{field.habit}` and a value for `{field.typed}:`")
        operator = cast("Operator", field.habit or operator or "=")
        if operator not in ("=", "!=") and kind_of(field.name) not in ORDERED:
            raise QueryError(start, f"{field.name} has no order. Write `{field.name}:{text.token()}`")
        if text.peek() == "[":
            example = f"{field.name}:{text.bracketed()}"
            raise QueryError(start, f"lists are written with commas: `{example}`")
        values = self._values(field, operator)
        if operator not in ("=", "!="):
            value = values[0] if values else None
            if len(values) != 1 or not isinstance(value, Value):
                raise QueryError(start, "a comparison takes one value")
            check_comparison(field.name, operator, value)
        if field.habit:
            read = text.text[start - 1 : text.position]
            sign = "" if operator == "=" else operator
            told = f"`{field.typed}:{read}` was read as `{field.name}:{sign}{read}`"
            self._hints.append(Hint("read_as", told))
        return _shaped(Predicate(field.name, values, field.column, operator, field.label))

    def _values(self, field: _Field, operator: Operator) -> tuple[Value | Range, ...]:
        text = self._text
        if text.value() == "*" and text.peek(1) != ",":
            self._refuse_star(field)
            self._counted(text.column)
            text.position += 1
            return ()
        values: list[Value | Range] = []
        while True:
            values.append(self._value(field, operator))
            if text.peek() != ",":
                break
            text.position += 1
        if text.peek() == '"':
            raise QueryError(text.column, "quotes go around a whole value")
        return tuple(values)

    def _value(self, field: _Field, operator: Operator) -> Value | Range:
        text = self._text
        column = text.column
        self._counted(column)
        quoted = text.peek() == '"'
        content = text.quoted() if quoted else text.value()
        if not content:
            raise QueryError(column, f"{field.typed}: needs a value here{_known(field.name)}")
        if not quoted:
            text.position += len(content)
            if content == "*":
                raise QueryError(column, "`*` means any value and stands alone")
            if is_pattern(content):
                raise QueryError(column, "patterns are not supported. Write the text itself")
            if (
                operator in ("=", "!=")
                and kind_of(field.name) in ORDERED
                and may_be_range(field.name, content)
            ):
                return self._range(field, content, column)
        return self._checked(field, Value(content, column, quoted))

    def _range(self, field: _Field, content: str, column: int) -> Range:
        low, high = split_range(content) or ("", "")
        found = Range(
            self._checked(field, Value(low, column)) if low else None,
            self._checked(field, Value(high, column + len(low) + 2)) if high else None,
            column,
        )
        check_range(field.name, found)
        return found

    def _checked(self, field: _Field, value: Value) -> Value:
        checked, hint = check_value(field.name, value)
        if hint:
            self._hints.append(hint)
        return checked

    def _refuse_star(self, field: _Field) -> None:
        if field.name in ("is", "has", "no", "in", "body", "name"):
            raise QueryError(self._text.column, f"{field.typed}: needs a value here{_known(field.name)}")


def _shaped(predicate: Predicate) -> Node:
    """One shape for what can be written in several: `!=` is a negation, and so is `no:`."""
    if predicate.operator == "!=":
        inner = _shaped(_with(predicate, operator="="))
        return inner.node if isinstance(inner, Not) else Not(inner, predicate.column)
    if predicate.field == "no":
        column = predicate.column
        each = [Not(Predicate("has", (value,), column), column) for value in predicate.values]
        return each[0] if len(each) == 1 else Or(tuple(each))
    return predicate


def _with(predicate: Predicate, operator: Operator) -> Predicate:
    return Predicate(predicate.field, predicate.values, predicate.column, operator, predicate.name)


def _joined(kind: type[And] | type[Or], nodes: list[Node]) -> Node | None:
    """One node of several; groups of the same kind become part of it."""
    flat: list[Node] = []
    for node in nodes:
        flat += node.nodes if isinstance(node, kind) else (node,)
    if len(flat) < 2:
        return flat[0] if flat else None
    return kind(tuple(flat))


def _known(field: str) -> str:
    return f". Values: {', '.join(VALUES[field])}" if field in VALUES else ""
