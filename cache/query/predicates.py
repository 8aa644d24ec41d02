"""What each field means, but for `in:`."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, cast

from cache.models import PRIORITIES
from cache.query.combine import all_of, either
from cache.query.context import QueryContext
from cache.query.fields import IS_STATES, IS_STATUS
from cache.query.meaning import (
    All,
    Assigned,
    Either,
    Flagged,
    HasNotes,
    Meaning,
    OneOf,
    Synced,
    Tagged,
    Unopened,
    Without,
)
from cache.query.measures import (
    answer_meaning,
    length_meaning,
    meta_meaning,
    number_meaning,
    share_meaning,
    time_meaning,
)
from cache.query.named import assigned, of_forms, of_providers, of_sources, resolved_by, sources_among
from cache.query.texts import contact_meaning, folded, part_meaning, text_meaning
from cache.query.tree import Predicate, Range, Value

__all__ = ["TERMS"]

_Term: TypeAlias = Callable[[Predicate, QueryContext], Meaning]


def _values(node: Predicate) -> tuple[Value, ...]:
    """The values of a field that has no ranges."""
    return cast("tuple[Value, ...]", node.values)


def _status(node: Predicate, _: QueryContext) -> Meaning:
    if not node.values:
        return All()
    return OneOf("status", frozenset(value.text for value in _values(node)))


def _priority(node: Predicate, _: QueryContext) -> Meaning:
    if not node.values:
        return All()
    chosen: set[str] = set()
    for value in node.values:
        if isinstance(value, Range):
            low = PRIORITIES.index(value.low.text) if value.low else 0
            high = PRIORITIES.index(value.high.text) if value.high else len(PRIORITIES)
            chosen.update(PRIORITIES[low : high + 1])
            continue
        rank = PRIORITIES.index(value.text)
        compared: Mapping[str, tuple[str, ...]] = {
            "<": PRIORITIES[:rank],
            "<=": PRIORITIES[: rank + 1],
            ">": PRIORITIES[rank + 1 :],
            ">=": PRIORITIES[rank:],
        }
        chosen.update(compared.get(node.operator, (value.text,)))
    return OneOf("priority", frozenset(chosen)) if chosen else Either()


def _assignee(node: Predicate, context: QueryContext) -> Meaning:
    return assigned(_values(node), context) if node.values else Assigned(anybody=True)


def _resolver(node: Predicate, context: QueryContext) -> Meaning:
    return resolved_by(_values(node), context) if node.values else Tagged("resolver", None)


def _is(node: Predicate, context: QueryContext) -> Meaning:
    return either([_state(value, context) for value in _values(node)])


def _state(value: Value, context: QueryContext) -> Meaning:
    name = value.text
    if name in IS_STATUS:
        return OneOf("status", frozenset(IS_STATUS[name]))
    if name in IS_STATES:
        return Synced(frozenset(IS_STATES[name]))
    if name == "local":
        return of_sources(context.local & frozenset(context.sources))
    if name == "mine":
        return assigned((Value("me", value.column),), context)
    if name == "flagged":
        return Flagged()
    return Unopened() if name == "unseen" else Assigned(nobody=True)


def _has(node: Predicate, _: QueryContext) -> Meaning:
    parts: list[Meaning] = []
    for value in _values(node):
        if value.text == "notes":
            parts.append(HasNotes())
        elif value.text == "assignee":
            parts.append(Assigned(anybody=True))
        else:
            parts.append(Tagged("has", frozenset((value.text,))))
    return either(parts)


def _source(node: Predicate, context: QueryContext) -> Meaning:
    return sources_among(_values(node), context) if node.values else All()


def _provider(node: Predicate, context: QueryContext) -> Meaning:
    return of_providers(_values(node), context) if node.values else All()


def _form(node: Predicate, context: QueryContext) -> Meaning:
    return of_forms(_values(node), context) if node.values else Tagged("container", None)


def _text(node: Predicate, _: QueryContext) -> Meaning:
    if not node.values:
        return HasNotes()  # the parser lets a star stand for notes only
    found = either([text_meaning(node.field, value) for value in _values(node)])
    return all_of((found, _NAMED)) if node.field == "name" else found


_NAMED: Final = Without(Tagged("no", frozenset(("name",))))
"""The index of names holds what is shown in place of one that is missing."""


def _part(node: Predicate, _: QueryContext) -> Meaning:
    if not node.values:
        return All() if node.field == "id" else Tagged("has", frozenset((node.field,)))
    return either([part_meaning(node.field, value) for value in _values(node)])


def _contact(node: Predicate, _: QueryContext) -> Meaning:
    if node.values:
        return either([contact_meaning(value) for value in _values(node)])
    return either((Tagged("has", frozenset(("email",))), Tagged("has", frozenset(("phone",))), _VISITOR))


_VISITOR: Final = Tagged("visitor", None)


def _tag(node: Predicate, _: QueryContext) -> Meaning:
    texts = frozenset(folded(value) for value in _values(node))
    if node.field == "domain":
        texts = frozenset(text.removeprefix("@") for text in texts)
    return Tagged(node.field, texts or None)


TERMS: Final[Mapping[str, _Term]] = {
    "status": _status,
    "priority": _priority,
    "assignee": _assignee,
    "resolver": _resolver,
    "is": _is,
    "has": _has,
    "num": number_meaning,
    "source": _source,
    "provider": _provider,
    "form": _form,
    "name": _text,
    "body": _text,
    "note": _text,
    "id": _part,
    "email": _part,
    "phone": _part,
    "contact": _contact,
    "dest": _tag,
    "domain": _tag,
    "country": _tag,
    "browser": _tag,
    "lang": _tag,
    "reply": _tag,
    "delivery": _tag,
    "result": _tag,
    "processing": _tag,
    "spam": share_meaning,
    "created": time_meaning,
    "resolved": time_meaning,
    "viewed": time_meaning,
    "completed": time_meaning,
    "age": length_meaning,
    "fill": length_meaning,
    "f": answer_meaning,
    "meta": meta_meaning,
}
"""By the full name of the field."""
