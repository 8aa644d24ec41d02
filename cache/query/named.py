"""What has a name here: colleagues, sources, providers, forms."""

from collections.abc import Iterable, Sequence
from typing import Final

from cache.names import fold
from cache.query.combine import all_of, either
from cache.query.context import QueryContext
from cache.query.errors import MeUnknown, QueryError
from cache.query.meaning import Assigned, Either, Meaning, OneOf, Tagged, Without
from cache.query.tree import Value

__all__ = ["assigned", "of_forms", "of_providers", "of_sources", "resolved_by", "sources_among"]

_MOST_SHOWN: Final = 12


def assigned(values: Sequence[Value], context: QueryContext) -> Meaning:
    """The assignee is one of those named. Raises QueryError for nobody's name, MeUnknown for `me`."""
    people: set[tuple[str | None, str]] = set()
    fixed = {fold(value.text) for value in values} & {"none", "any"}
    for value in values:
        name = fold(value.text)
        if name == "me":
            people.update(_me(value, context))
        elif name not in fixed:
            people.update((None, user) for user in _called(value, context))
    return Assigned(frozenset(people), nobody="none" in fixed, anybody="any" in fixed)


def resolved_by(values: Sequence[Value], context: QueryContext) -> Meaning:
    """One of those named has resolved it. Raises QueryError, MeUnknown."""
    parts: list[Meaning] = []
    for value in values:
        name = fold(value.text)
        if name == "any":
            parts.append(Tagged("resolver", None))
        elif name == "none":
            parts.append(Without(Tagged("resolver", None)))
        elif name == "me":
            parts += (
                all_of((OneOf("source", frozenset((source,))), Tagged("resolver", frozenset((fold(user),)))))
                for source, user in _me(value, context)
            )
        else:
            parts.append(Tagged("resolver", frozenset(map(fold, _called(value, context)))))
    return either(parts)


def sources_among(values: Sequence[Value], context: QueryContext) -> Meaning:
    """Its source is one of those named. Raises QueryError."""
    names = {fold(source): source for source in context.sources}
    for value in values:
        if fold(value.text) not in names:
            known = f" Sources: {', '.join(context.sources)}" if context.sources else ""
            raise QueryError(value.column, f'there is no source "{value.text}".{known}')
    return of_sources(names[fold(value.text)] for value in values)


def of_providers(values: Sequence[Value], context: QueryContext) -> Meaning:
    """Its source is one of the providers named. Raises QueryError."""
    chosen: set[str] = set()
    for value in values:
        found = [s for s, provider in context.providers.items() if fold(provider) == fold(value.text)]
        if not found:
            known = ", ".join(sorted(set(context.providers.values())))
            hint = f" Providers: {known}" if known else ""
            raise QueryError(value.column, f'no source is of a provider "{value.text}".{hint}')
        chosen.update(found)
    return of_sources(chosen)


def of_sources(sources: Iterable[str]) -> Meaning:
    """It came from one of these; nothing does where there is none."""
    chosen = frozenset(sources)
    return OneOf("source", chosen) if chosen else Either()


def of_forms(values: Sequence[Value], context: QueryContext) -> Meaning:
    """It belongs to one of the forms, pages or bots named. Raises QueryError.

    An id or a whole name is that one; else every name counts that has the text at the beginning of a word.
    """
    chosen: set[str] = set()
    for value in values:
        wanted = fold(value.text)
        exact = [c for c in context.containers if c.id == value.text or fold(c.name) == wanted]
        words = _words(wanted)
        found = exact or [c for c in context.containers if words.strip() and words in _words(fold(c.name))]
        if not found:
            names = sorted({container.name for container in context.containers}, key=fold)[:_MOST_SHOWN]
            hint = f" There are: {', '.join(names)}" if names else ""
            raise QueryError(value.column, f'no form, page or bot is called "{value.text}".{hint}')
        chosen.update(f"{container.source}/{container.id}" for container in found)
    return Tagged("container", frozenset(chosen))


def _words(text: str) -> str:
    """The words of a text, a space before each."""
    plain = "".join(char if char.isalnum() else " " for char in text)
    return "".join(f" {word}" for word in plain.split())


def _me(value: Value, context: QueryContext) -> set[tuple[str, str]]:
    if not context.me:
        raise MeUnknown(value.column)
    return set(context.me.items())


def _called(value: Value, context: QueryContext) -> list[str]:
    """The ids of the colleagues whose name, or a part of it, begins with the text."""
    wanted = fold(value.text)
    ids = {
        member.user_id
        for member in context.members
        if member.user_id == value.text
        or (wanted and any(part.startswith(wanted) for part in _name_parts(member.name)))
    }
    if not ids:
        raise QueryError(
            value.column, f'no colleague is called "{value.text}". Write a name, `me`, `none` or `any`'
        )
    return sorted(ids)


def _name_parts(name: str) -> tuple[str, ...]:
    folded = fold(name)
    return (folded, *folded.split())
