"""The other submissions of the same person: read beside the detail, and walked from one to the next."""

from typing import TYPE_CHECKING, Final

from cache.models import Key, Row
from cache.store.reader import Reader
from inbox_tui.drawing import SameContact
from inbox_tui.workspace import LocalCopy

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["go_by_contact", "same_contact"]

_MOST: Final = 50
"""How many of them the history tab lists."""


def same_contact(reader: Reader, key: Key) -> SameContact:
    """What else the person behind a submission sent. Runs on the store thread."""
    count = reader.same_person_count(key)
    if not count.total:
        return SameContact()
    return SameContact(
        rows=reader.same_person(key, _MOST),
        earlier=count.earlier,
        later=count.later,
        last=reader.same_person_step(key, -1),
        present=reader.row(key),
    )


def go_by_contact(screen: "InboxScreen", steps: int) -> None:
    """Go so many submissions of the same person on (back, if negative), also where the list lacks it."""
    here = screen.row
    if here is None:
        screen.say("There is no submission under the cursor", "warning")
        return
    query = screen.listing.query

    def find(local: LocalCopy) -> tuple[Row | None, bool, int]:
        reader = local.reader
        found = reader.same_person_step(here.key, steps)
        total = reader.same_person_count(here.key).total
        is_listed = found is not None and reader.matches(query, found.rowid)
        return found, is_listed, total

    def go(answer: tuple[Row | None, bool, int]) -> None:
        found, is_listed, total = answer
        if screen.row is None or screen.row.key != here.key:
            return  # the person went elsewhere meanwhile
        if found is None:
            screen.say(_nothing(steps, total))
            return
        screen.listing.go_to(found.rowid)
        if not is_listed:
            screen.say(f"{found.ref} is not in this list: it stays until the cursor leaves it")

    screen.app.store.submit(find, go, otherwise=screen.bottom.say_failed, slot="contact")


def _nothing(steps: int, total: int) -> str:
    if not total:
        return "Nothing else of the same contact is known here"
    return f"This is the {'newest' if steps > 0 else 'oldest'} submission of its contact"
