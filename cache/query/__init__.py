"""The filter language: text -> tree -> one parametrised SQL condition."""

from cache.query.compile import QueryContext, Statement, compile_query
from cache.query.errors import MeUnknown, QueryError
from cache.query.parse import parse_query
from cache.query.tree import Order, Query, Term, Word

__all__ = [
    "MeUnknown",
    "Order",
    "Query",
    "QueryContext",
    "QueryError",
    "Statement",
    "Term",
    "Word",
    "compile_query",
    "parse_query",
]
