"""The filter language: text -> tree -> what it means here -> one parametrised SQL condition."""

from cache.query.canonical import canonical, canonical_term, outline
from cache.query.context import QueryContext
from cache.query.errors import MeUnknown, QueryError
from cache.query.parse import parse_query
from cache.query.resolve import resolve
from cache.query.tree import Hint, Order, Query, Word

__all__ = [
    "Hint",
    "MeUnknown",
    "Order",
    "Query",
    "QueryContext",
    "QueryError",
    "Word",
    "canonical",
    "canonical_term",
    "outline",
    "parse_query",
    "resolve",
]
