"""The other submissions of the same person: counted, listed, and walked over all sources."""

import pytest

from cache.models import Key
from cache.outbox.outbox import Edit
from cache.query import parse_query
from tests.ui.four_systems import four_home
from tests.ui.inbox_harness import open_inbox


def chain(home) -> list[Key]:
    """Four submissions of one person over three systems, newest first; the newest comes from Mantlz."""
    with home.local() as local:
        for row in local.reader.rows(local.reader.rowids(parse_query("source:mantlz"))):
            if local.reader.same_person_count(row.key) == (3, 0):
                return [row.key, *(other.key for other in local.reader.same_person(row.key, 9))]
    raise AssertionError("no such person")


def ref_of(home, key: Key) -> str:
    with home.local() as local:
        return local.reader.ref(key)


def resolve(home, key: Key) -> None:
    """Resolve a submission from another process."""
    with home.local() as local:
        edit = Edit(key, "status", "resolved", local.reader.server(key))
        local.outbox.edit("resolved", [edit], local.reader.server)


async def test_the_others_are_counted_on_the_tab_and_the_last_outcome_is_said_beside_the_answers(tmp_path):
    home = four_home(tmp_path)
    newest, *_ = chain(home)
    async with open_inbox(home, query="source:mantlz", leads=False) as inbox:
        await inbox.to(newest)
        await inbox.until(lambda: "History 3" in inbox.text, "the count")
        assert "Same contact: 3 earlier, the last resolved" in inbox.text


@pytest.mark.slow
async def test_the_history_tab_lists_them_newest_first_with_the_present_one_marked(tmp_path):
    home = four_home(tmp_path)
    keys = chain(home)
    refs = [ref_of(home, key) for key in keys]
    async with open_inbox(home, query="source:acme", leads=False) as inbox:
        await inbox.to(keys[1])
        await inbox.press("t", "h")
        await inbox.until(lambda: "( older, ) newer" in inbox.text, "the tab")
        pane = inbox.detail.region
        lines = [line[pane.x :] for line in inbox.text.splitlines()]
        start = next(at for at, line in enumerate(lines) if "( older" in line)
        listed = [line for line in lines[start:] if any(ref in line for ref in refs)]
        assert [next(ref for ref in refs if ref in line) for line in listed] == refs
        assert [line.lstrip("| ").startswith(">") for line in listed] == [False, True, False, False]
        assert all(key.source in line for key, line in zip(keys, listed, strict=True))
        assert "2 earlier, the last new; 1 later" in inbox.text


@pytest.mark.slow
async def test_the_parentheses_walk_to_older_and_newer_ones_in_and_out_of_the_list(tmp_path):
    home = four_home(tmp_path)
    keys = chain(home)
    outside = ref_of(home, keys[2])
    async with open_inbox(home, query="source:mantlz,acme", leads=False) as inbox:
        await inbox.to(keys[0])
        await inbox.press("(")
        await inbox.until(lambda: inbox.row.key == keys[1], "the older one")
        await inbox.read()
        assert inbox.rows.cursor_row.matches
        await inbox.press("(")
        await inbox.until(lambda: inbox.row.key == keys[2], "the one of another source")
        await inbox.read()
        await inbox.until(lambda: f"{outside} is not in this list" in inbox.status, "the sentence")
        assert not inbox.row.matches
        await inbox.press("(")
        await inbox.until(lambda: inbox.row.key == keys[3], "the oldest")
        await inbox.press("(")
        await inbox.until(lambda: "the oldest submission of its contact" in inbox.status, "the end")
        await inbox.press("2", ")")
        await inbox.until(lambda: inbox.row.key == keys[1], "two steps back")
        assert outside not in inbox.refs


async def test_walking_works_in_the_detail_pane_and_keeps_the_tab(tmp_path):
    home = four_home(tmp_path)
    keys = chain(home)
    async with open_inbox(home, query="source:mantlz", leads=False, size=(60, 20)) as inbox:
        await inbox.to(keys[0])
        await inbox.press("enter", "t", "h", "(")
        await inbox.until(lambda: inbox.row.key == keys[1], "the older one")
        await inbox.read()
        assert inbox.screen.in_detail
        assert inbox.detail.tab == "history"
        await inbox.press(")")
        await inbox.until(lambda: inbox.row.key == keys[0], "the newer one")


async def test_without_another_submission_the_tab_has_no_number_and_both_keys_say_so(tmp_path):
    home = four_home(tmp_path)
    with home.local() as local:
        rows = local.reader.rows(local.reader.rowids(parse_query("source:acme is:open")))
        lone = next(row for row in rows if not local.reader.same_person_count(row.key).total)
    async with open_inbox(home, query="source:acme is:open", leads=False) as inbox:
        await inbox.to(lone.key)
        await inbox.press("t", "h")
        await inbox.until(lambda: "nothing else" in inbox.text, "the sentence")
        assert "[History]" in inbox.text
        for key in "()":
            await inbox.press(key)
            await inbox.until(lambda: "Nothing else of the same contact" in inbox.status, "the notice")
            assert inbox.row.key == lone.key


@pytest.mark.slow
async def test_what_another_process_does_to_one_of_the_others_shows(tmp_path):
    home = four_home(tmp_path)
    keys = chain(home)
    async with open_inbox(home, query="source:acme", leads=False) as inbox:
        await inbox.to(keys[1])
        await inbox.press("t", "h")
        await inbox.until(lambda: "the last new; 1 later" in inbox.text, "the sentence")
        resolve(home, keys[2])
        await inbox.until(lambda: "the last resolved;" in inbox.text, "the new outcome")
