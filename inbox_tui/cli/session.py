"""What commands on the local copy share: what a typed id, query, view or person means."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from cache.models import Key
from cache.names import fold
from cache.query import MeUnknown, Query, QueryError, parse_query
from cache.text import one_line, safe_text
from inbox_tui.outcome import ExitCode, Failure
from inbox_tui.views import all_views, find_view, no_view

if TYPE_CHECKING:
    from cache.models import Member
    from cache.store.reader import Reader
    from inbox_tui.workspace import Workspace

__all__ = [
    "explained",
    "find_key",
    "nothing_found",
    "person",
    "query_of",
    "ref_of",
    "sentence",
]

_SYNC: Final = "`inbox-tui sync`"
_QUERY: Final = 200
"""Characters of a query in a message."""
_NAME: Final = 80
"""Characters of a colleague's name in a message."""


def query_of(
    workspace: "Workspace", reader: "Reader", words: Sequence[str], view: str | None = None
) -> Query:
    """The query typed, on top of the view's. Raises Failure that shows what cannot be understood."""
    text = " ".join(words)
    if view is not None:
        views = all_views(workspace.config)
        found = find_view(views, view)
        if found is None:
            raise Failure(no_view(views, view), ExitCode.USAGE)
        text = f"{found.query} {text}".strip()
    try:
        query = parse_query(text)
        reader.compile(query)
    except QueryError as error:
        raise Failure(explained(text, error), ExitCode.USAGE) from error
    return query


def explained(text: str, error: QueryError) -> str:
    """The cause, then the query, or what stands around the column, with a caret under it."""
    from inbox_tui.format import cell_len

    def line(part: str) -> str:
        return safe_text(part.replace("\n", " ").replace("\t", " "))

    first, last = 0, len(text)
    if last > _QUERY:
        first = max(0, min(error.column - 1 - _QUERY // 2, last - _QUERY))
        last = first + _QUERY
    before = ("…" if first else "") + line(text[first : error.column - 1])
    after = line(text[error.column - 1 : last]) + ("…" if last < len(text) else "")
    return f"{sentence(str(error))}\n  {before}{after}\n  {' ' * cell_len(before)}^"


def sentence(text: str) -> str:
    """The text with a full stop, unless it ends as a sentence does."""
    return text if text.endswith((".", "?")) else f"{text}."


def nothing_found(workspace: "Workspace", reader: "Reader", query: Query) -> str:
    """What to say when a query finds nothing, which may be because nothing was read yet.

    Where everything was read, or imported, it names the term without which most would be found.
    """
    states = reader.source_states()
    unread = [name for name in workspace.source_names if name not in states or states[name].synced_at is None]
    if unread and not reader.count(parse_query("")):
        return f"The local copy is empty: nothing was read yet. {_SYNC} reads it."
    imported = reader.imported_sources()
    empty = [name for name in unread if name not in imported]
    drop = reader.best_drop(query) if not empty else None
    said = ["no submission matches"]
    if drop is not None:
        said.append(f"Without `{one_line(drop[0], 200)}` there would be {drop[1]:,}")
    if imported:
        said.append(f"What is here of {', '.join(sorted(imported))} was imported and never read: {_SYNC}")
    if empty:
        said.append(f"Of {', '.join(empty)} nothing was read yet: {_SYNC}")
    return ". ".join(said) + ("" if drop is not None and len(said) == 2 else ".")


def find_key(reader: "Reader", reference: str, others: Sequence[Key] = ()) -> Key:
    """The submission a typed id means; `others` are keys that count though they are not cached.

    Raises Failure when there is none, or more than one.
    """
    found, count = reader.find(reference)
    if not found:
        found = tuple(key for key in others if reference in (key.id, f"{key.source}:{key.id}"))
        count = len(found)
    if count == 1:
        return found[0]
    shown = f'"{one_line(reference, 80)}"'
    if found:
        raise Failure(
            f"{shown} {_may_be(reader, found, count)}. Type one of these, or more of the id.", ExitCode.USAGE
        )
    found, count = reader.find(reference, least=1)
    if found:
        raise Failure(
            f"{shown} is too short for an id, and {_may_be(reader, found, count)}."
            " Type one of these, or four characters of the id and more.",
            ExitCode.USAGE,
        )
    raise Failure(f"No submission here is called {shown}. `inbox-tui sync` reads what is new.")


def _may_be(reader: "Reader", found: Sequence[Key], count: int) -> str:
    """How many submissions a typed id may mean, and the first of them as they can be typed."""
    names = []
    for key in found:
        row, full = reader.row(key), one_line(key.id, 80)
        numbered = row is not None and not key.id.startswith(row.ref)
        names.append(f"{key.source}:{ref_of(reader, key)} ({full})" if numbered else f"{key.source}:{full}")
    more = f" and {count - len(found):,} more" if count > len(found) else ""
    are = "1 submission" if count == 1 else f"{count:,} submissions"
    return f"may be {are}: {', '.join(names)}{more}"


def ref_of(reader: "Reader", key: Key) -> str:
    """The short name of a submission, made displayable."""
    return one_line(reader.ref(key), 40)


def person(reader: "Reader", who: str, sources: Sequence[str]) -> tuple[Mapping[str, str], str]:
    """The user id by source behind `me`, a user id or the beginning of a name; and the name to show.

    Raises Failure when nobody, or more than one person, is meant.
    """
    if fold(who) in ("me", "@me"):
        me = reader.context.me or {}
        unknown = [source for source in sources if source not in me]
        if unknown:
            raise Failure(sentence(f"At {unknown[0]}, {MeUnknown(1).cause}"), ExitCode.USAGE)
        users = {source: me[source] for source in sources}
        return users, ", ".join(dict.fromkeys(reader.person(user) or user for user in users.values()))
    names: dict[str, str] = {}
    users = {}
    for source in sources:
        members = [member for member in reader.context.members if member.source == source]
        known = ", ".join(_by_name(members)[:20]) or "nobody yet"
        if not who.strip():
            raise Failure(
                f"--assign needs somebody: the beginning of a name, `me` or a user id. Known at {source}:"
                f" {known}. Without anybody it is --unassign.",
                ExitCode.USAGE,
            )
        exact = [member for member in members if who in (member.user_id, member.name)]
        starting = [member for member in members if fold(member.name).startswith(fold(who))]
        inside = [
            member
            for member in members
            if any(word.startswith(fold(who)) for word in fold(member.name).split())
        ]
        meant = exact or starting or inside
        if not meant:
            raise Failure(
                f'No colleague at {source} is called "{one_line(who, 60)}". Known there: {known}.',
                ExitCode.USAGE,
            )
        if len(meant) > 1:
            raise Failure(
                f'"{one_line(who, 60)}" may be {_people(meant)}. Write more of the name, or the user id.',
                ExitCode.USAGE,
            )
        users[source] = meant[0].user_id
        names[meant[0].user_id] = meant[0].name
    return users, ", ".join(names.values())


def _by_name(members: Sequence["Member"]) -> list[str]:
    """Names in their order, each once; after them what stands for people without one."""
    named = sorted(members, key=lambda member: (member.user_id.startswith(member.name), member.name))
    return list(dict.fromkeys(one_line(member.name, _NAME) for member in named))


def _people(members: Sequence["Member"]) -> str:
    """Names; those that several people have with the user id."""
    shown = [one_line(member.name, _NAME) for member in members]
    held = Counter(shown)
    named = [
        name if held[name] == 1 else f"{name} ({one_line(member.user_id, 60)})"
        for name, member in zip(shown, members, strict=True)
    ][:10]
    if len(members) > len(named):
        named.append(f"{len(members) - len(named)} more")
    return f"{', '.join(named[:-1])} or {named[-1]}"
