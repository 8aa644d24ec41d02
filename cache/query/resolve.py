"""From the tree to what it means here and now: names looked up, times computed."""

from typing import Final

from cache.names import fold
from cache.query.combine import all_of, either, without
from cache.query.context import QueryContext
from cache.query.errors import MeUnknown, QueryError
from cache.query.meaning import All, Meaning
from cache.query.parse import parse_query
from cache.query.predicates import TERMS
from cache.query.texts import word_meaning
from cache.query.tree import And, Node, Not, Or, Predicate, Query, Range, Value, Word

__all__ = ["resolve"]

_MAX_DEPTH: Final = 24
"""Conditions inside one another, those of views included: SQLite's parser takes a hundred symbols."""
_MAX_TERMS: Final = 600
"""Conditions, those of views included."""


def resolve(query: Query, context: QueryContext) -> Meaning:
    """What a query means. Raises QueryError when a name in it means nothing here, MeUnknown for `me`."""
    return _Resolver(context).whole(query)


class _Resolver:
    """Resolves one query and the views it speaks of."""

    def __init__(self, context: QueryContext) -> None:
        self._context = context
        self._views: list[str] = []
        """The views that are being resolved, each inside the one before."""
        self._depth = 0
        self._terms = 0
        self._last: Word | None = None
        """The word that may be half typed."""

    def whole(self, query: Query) -> Meaning:
        if query.root is None:
            return All()
        outer, self._last = self._last, _last_word(query.root)
        found = self._node(query.root)
        self._last = outer
        return found

    def _node(self, node: Node) -> Meaning:
        if isinstance(node, Word):
            self._counted(node.column)
            return word_meaning(node, prefix=node is self._last)
        if isinstance(node, Predicate):
            self._counted(node.column)
            if node.field == "in":
                return either([self._view(value) for value in node.values if not isinstance(value, Range)])
            return TERMS[node.field](node, self._context)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise QueryError(1, "the groups and views of this query go too deep")
        if isinstance(node, Not):
            found = without(self._node(node.node))
        elif isinstance(node, And):
            found = all_of([self._node(part) for part in node.nodes])
        else:
            found = either([self._node(part) for part in node.nodes])
        self._depth -= 1
        return found

    def _counted(self, column: int) -> None:
        self._terms += 1
        if self._terms > _MAX_TERMS:
            raise QueryError(column, f"with its views this query has more than {_MAX_TERMS} terms")

    def _view(self, value: Value) -> Meaning:
        """The condition of a view, as if it were typed in its place; its order is no part of it."""
        views = self._context.views
        name = next((name for name in views if fold(name) == fold(value.text)), None)
        if name is None:
            known = f"Views: {', '.join(views)}" if views else "No view is set up"
            raise QueryError(value.column, f'there is no view "{value.text}". {known}')
        if name in self._views:
            circle = " > ".join((*self._views[self._views.index(name) :], name))
            raise QueryError(value.column, f"views may not refer to themselves: {circle}")
        is_typed = not self._views
        self._views.append(name)
        try:
            query = parse_query(views[name])
            if query.limit is not None:
                raise QueryError(value.column, "it has a `limit:`, which is no condition")
            found = self.whole(query)
        except MeUnknown as error:
            raise MeUnknown(value.column) from error
        except QueryError as error:
            if not is_typed:  # the view that was typed is the one to name
                raise
            raise QueryError(value.column, f'the view "{name}" cannot be used: {error.cause}') from error
        self._views.pop()
        return found


def _last_word(root: Node) -> Word | None:
    """The word that was typed last, None if it is in quotes or there is none."""
    last: Word | None = None
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, And | Or):
            waiting += node.nodes
        elif isinstance(node, Not):
            waiting.append(node.node)
        elif isinstance(node, Word) and (last is None or node.column > last.column):
            last = node
    return None if last is None or last.quoted else last
