"""The conflict card in the whole inbox: one list to walk, chosen by keys, sent by Enter."""

import contextlib
import sys
from dataclasses import replace

import pytest

from cache.models import EditState, PendingEdit
from cache.outbox.delivery import Delivery
from cache.outbox.outbox import Edit
from cache.outbox.overwrites import OverwriteLog
from cache.outbox.write import durable_write
from cache.query import parse_query
from cache.schema import transaction
from inbox_tui.screens.conflict_card import ConflictCard
from inbox_tui.screens.help import HelpScreen
from tests.ui.inbox_harness import NOW, colleague, home_for, lone_home, my_id, open_inbox, serving


def park(home, key, field, want, *, state=EditState.CONFLICT, theirs=None, base=None, error=None):
    """An edit as the engine would leave it when it cannot go on without the person."""
    with home.local() as local, durable_write(local.outbox._conn) as clock:
        edit = PendingEdit(key, field, base, want, state, clock, NOW, 1, None, error, theirs)
        local.outbox.registers.put(edit)


def keys_of(home, count):
    with home.local() as local:
        return [row.key for row in local.reader.top(parse_query("is:open"), count).rows]


def register(home, key, field):
    with home.local() as local:
        return local.outbox.registers.get(key, field)


def overwrite(home, key, field, theirs, mine):
    with home.local() as local, transaction(local.outbox._conn):
        OverwriteLog(local.outbox._conn).record(
            key,
            field,
            attempt=1,
            theirs=theirs,
            mine=mine,
            actor_id=colleague(),
            actor_name=None,
            at=NOW - 60,
        )


async def card_of(inbox):
    await inbox.until(
        lambda: isinstance(inbox.app.screen, ConflictCard) and inbox.app.screen.entry is not None, "the card"
    )
    return inbox.app.screen


async def closed(inbox):
    await inbox.until(lambda: inbox.app.screen is inbox.screen, "the card to close")


@pytest.mark.parametrize(("key", "keeps"), [("h", "mine"), ("l", "theirs")])
async def test_one_side_is_chosen_shown_as_result_and_sent_by_enter(tmp_path, key, keeps):
    home = lone_home(tmp_path)
    one = keys_of(home, 1)[0]
    park(home, one, "status", "spam", theirs="in_progress", base="new")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("=")
        await card_of(inbox)
        await inbox.until(lambda: "changed the status too" in inbox.text, "the cause")
        assert "choose first" in inbox.text
        for words in (("was", "new"), ("yours", "spam"), ("theirs", "in progress")):
            assert any(all(word in line for word in words) for line in inbox.text.split("\n")), words
        await inbox.press(key)
        result = "spam" if keeps == "mine" else "in progress"
        await inbox.until(
            lambda: any("result" in line and result in line for line in inbox.text.split("\n")), "the result"
        )
        assert register(home, one, "status").state is EditState.CONFLICT
        await inbox.press("enter")
        await closed(inbox)
        now = register(home, one, "status")
        if keeps == "mine":
            assert (now.state, now.base, now.want) == (EditState.QUEUED, "in_progress", "spam")
        else:
            assert now is None


async def test_enter_without_a_choice_sends_nothing_and_says_what_to_press(tmp_path):
    home = lone_home(tmp_path)
    one = keys_of(home, 1)[0]
    park(home, one, "priority", "high", theirs="low", base="none")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("=")
        await card_of(inbox)
        await inbox.press("enter")
        await inbox.until(lambda: "Nothing is chosen yet" in inbox.text, "the sentence")
        await inbox.press("escape")
        await closed(inbox)
        assert register(home, one, "priority").state is EditState.CONFLICT


async def test_many_conflicts_are_one_list_that_is_walked_and_sent_at_once(tmp_path):
    home = lone_home(tmp_path)
    keys = keys_of(home, 4)
    for key in keys[:3]:
        park(home, key, "status", "in_progress", theirs="read", base="new")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("j", "=")  # the submission under the cursor comes first into hand
        card = await card_of(inbox)
        assert card.entry.key == keys[1]
        assert "2 of 3" in inbox.text
        await inbox.press("h", "j", "l", "g", "g", "h")
        assert card.entry.key == keys[0]
        await inbox.until(lambda: "send all 3" in inbox.text, "the count")
        await inbox.press("enter")
        await closed(inbox)
        states = [register(home, key, "status") for key in keys[:3]]
        assert [edit.state if edit else None for edit in states] == [
            EditState.QUEUED,
            EditState.QUEUED,
            None,
        ]


@pytest.mark.parametrize(("letter", "left"), [("L", 0), ("H", 3)])
async def test_capital_letters_choose_one_side_for_the_whole_list(tmp_path, letter, left):
    home = lone_home(tmp_path)
    keys = keys_of(home, 3)
    for key in keys:
        park(home, key, "priority", "high", theirs="low", base="none")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("=")
        await card_of(inbox)
        await inbox.press(letter, "enter")
        await closed(inbox)
        assert home.unsettled() == left


async def test_from_a_submission_without_conflict_the_next_one_comes_into_hand(tmp_path):
    home = lone_home(tmp_path)
    keys = keys_of(home, 3)
    park(home, keys[2], "status", "spam", theirs="read", base="new")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("g", "c")
        card = await card_of(inbox)
        assert card.entry.key == keys[2]


async def test_with_nothing_waiting_it_says_so(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("=")
        await inbox.until(lambda: "Nothing waits for your word" in inbox.text, "the sentence")
        assert inbox.app.screen is inbox.screen


async def test_keys_typed_in_one_burst_after_the_card_was_asked_for_belong_to_the_card(tmp_path):
    home = lone_home(tmp_path)
    keys = keys_of(home, 2)
    park(home, keys[0], "status", "spam", theirs="in_progress", base="new")
    async with open_inbox(home, leads=False) as inbox:
        inbox.send("=", "d")
        await inbox.until(lambda: register(home, keys[0], "status") is None, "mine to be dropped")
        await closed(inbox)
        assert home.unsettled() == 0
        assert home.seen(keys[0]).status != "spam"


async def test_a_lost_claim_names_who_has_it_and_can_be_taken_over(tmp_path):
    home = lone_home(tmp_path)
    one = keys_of(home, 1)[0]
    park(home, one, "assignee_id", my_id(), theirs=colleague())
    async with open_inbox(home, leads=False) as inbox:
        name = next(m.name for m in inbox.screen.facts.people.members if m.user_id == colleague())
        await inbox.press("=")
        await card_of(inbox)
        await inbox.until(lambda: f"Claimed by {name}" in inbox.text, "the name")
        assert "Your claim was not sent." in inbox.text
        assert "take over" in inbox.text
        await inbox.press("h", "enter")
        await closed(inbox)
        assert register(home, one, "assignee_id").base == colleague()


async def test_notes_hold_both_sides_after_b(tmp_path):
    home = lone_home(tmp_path)
    one = keys_of(home, 1)[0]
    park(home, one, "notes", "call at nine\nmine", theirs="call at ten", base="call at nine")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("=")
        await card_of(inbox)
        await inbox.press("b", "enter")
        await closed(inbox)
        assert register(home, one, "notes").want == "call at ten\nmine"


@contextlib.contextmanager
def _no_suspend():
    yield


def editor(home, code):
    script = home.directory / "editor.py"
    script.write_text(f"import sys\npath = sys.argv[1]\ntext = open(path).read()\n{code}\n")
    home.environ["EDITOR"] = f"{sys.executable} {script}"


@pytest.mark.slow
async def test_the_editor_gets_both_texts_and_its_text_is_sent_once_nothing_clashes_in_it(tmp_path):
    home = lone_home(tmp_path)
    one = keys_of(home, 1)[0]
    park(home, one, "notes", "at nine", theirs="at ten", base="at eight")
    editor(home, "open(path + '.seen', 'a').write(text)\nopen(path, 'w').write(text + '!')")
    async with open_inbox(home, leads=False) as inbox:
        inbox.app.suspend = _no_suspend
        await inbox.press("=")
        await card_of(inbox)
        await inbox.press("e")
        await inbox.until(lambda: "still in it" in inbox.text, "the refusal")
        await inbox.press("enter")
        assert register(home, one, "notes").state is EditState.CONFLICT
        editor(home, "assert '>>>>>>> theirs!' in text\nopen(path, 'w').write('at nine or ten')")
        inbox.app.workspace.environ["EDITOR"] = home.environ["EDITOR"]
        await inbox.press("e")
        await inbox.until(lambda: "at nine or ten" in inbox.text, "the result")
        await inbox.press("enter")
        await closed(inbox)
        assert register(home, one, "notes").want == "at nine or ten"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "words"),
    [(EditState.REJECTED, "refused"), (EditState.ORPHANED, "no longer has this submission")],
)
async def test_refused_and_orphaned_edits_are_in_the_same_place(tmp_path, state, words):
    home = lone_home(tmp_path)
    first, second = keys_of(home, 2)
    for key in (first, second):
        park(home, key, "priority", "high", state=state, base="none", error="Priority is frozen")
    async with open_inbox(home, leads=False) as inbox:
        copied: list[str] = []
        inbox.app.copy_text = lambda text, name: copied.append(text)
        await inbox.press("=")
        await card_of(inbox)
        await inbox.until(lambda: words in inbox.text, "what happened")
        assert state is not EditState.REJECTED or "Priority is frozen" in inbox.text
        await inbox.press("y")
        assert copied == ["high"]
        await inbox.press("r")
        await inbox.until(lambda: register(home, first, "priority").state is EditState.QUEUED, "the retry")
        await inbox.until(lambda: inbox.app.screen.entry.key == second, "the next one")
        await inbox.press("d")
        await closed(inbox)
        assert register(home, second, "priority") is None


async def test_an_overwritten_value_is_told_and_restored_with_one_key(tmp_path):
    """inv 11"""
    home = lone_home(tmp_path)
    one = keys_of(home, 1)[0]
    overwrite(home, one, "priority", "low", "high")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.until(lambda: "you overwrote the priority" in inbox.status, "the announcement")
        assert "= restores it" in inbox.status
        await inbox.press("=")
        await card_of(inbox)
        await inbox.press("r")
        await closed(inbox)
        assert register(home, one, "priority").want == "low"
        await inbox.until(lambda: "u undoes" in inbox.status, "the undo")
        await inbox.press("u")
        await inbox.until(lambda: home.unsettled() == 0, "undo")


@pytest.mark.slow
async def test_an_overwritten_value_can_be_let_be(tmp_path):
    home = lone_home(tmp_path)
    one = keys_of(home, 1)[0]
    overwrite(home, one, "priority", "low", "high")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("=")
        await card_of(inbox)
        await inbox.press("d")
        await closed(inbox)
        assert home.unsettled() == 0
        await inbox.press("=")
        await inbox.until(lambda: "Nothing waits" in inbox.text, "nothing left")


async def test_a_conflict_that_moved_on_since_it_was_drawn_is_not_ruled_on(tmp_path):
    """inv 10"""
    home = lone_home(tmp_path)
    one = keys_of(home, 1)[0]
    park(home, one, "status", "spam", theirs="in_progress", base="new")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("=")
        await card_of(inbox)
        await inbox.press("h")
        with home.local() as local, transaction(local.outbox._conn):
            edit = local.outbox.registers.get(one, "status")
            local.outbox.registers.put(replace(edit, theirs="resolved"))
        await inbox.press("enter")
        await inbox.until(
            lambda: "changed once more" in inbox.text or "choose first" in inbox.text, "the refusal"
        )
        await inbox.until(lambda: "resolved" in inbox.text, "the new value")
        assert register(home, one, "status").state is EditState.CONFLICT


@pytest.mark.slow
async def test_help_on_the_card_lists_its_keys(tmp_path):
    home = lone_home(tmp_path)
    park(home, keys_of(home, 1)[0], "status", "spam", theirs="in_progress", base="new")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("=")
        await card_of(inbox)
        await inbox.press("?")
        await inbox.opened_any(HelpScreen)
        await inbox.until(lambda: "Keep your value" in inbox.text, "the keys")
        await inbox.press("escape")
        await inbox.until(lambda: isinstance(inbox.app.screen, ConflictCard), "the card")
        await inbox.press("q")
        await closed(inbox)


@pytest.mark.slow
async def test_the_palette_opens_the_card(tmp_path):
    home = lone_home(tmp_path)
    park(home, keys_of(home, 1)[0], "status", "spam", theirs="in_progress", base="new")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press(":")
        await inbox.typed("waits for your word")
        await inbox.press("enter")
        await card_of(inbox)


@pytest.mark.slow
async def test_a_real_conflict_is_announced_and_the_card_says_who_and_when(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        async with open_inbox(home) as inbox:
            await inbox.online()
            key = inbox.row.key
            await inbox.press("s", "x")
            server.act_as(colleague(), key.id, {"status": "in_progress"})
            await inbox.press("$")
            await inbox.until(lambda: "yours was not sent: = shows both" in inbox.status, "the announcement")
            name = next(m.name for m in inbox.screen.facts.people.members if m.user_id == colleague())
            await inbox.press("=")
            await card_of(inbox)
            await inbox.until(
                lambda: f"{name} changed the status too at 22 May" in inbox.text, "who and when"
            )
            await inbox.press("h", "enter")
            await closed(inbox)
            await inbox.press("$")
            await inbox.until(lambda: server.submission(key.id)["status"] == "spam", "mine at the server")


@pytest.mark.slow
async def test_undo_of_what_was_sent_and_changed_since_opens_the_card(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        async with open_inbox(home) as inbox:
            await inbox.online()
            key, before = inbox.row.key, inbox.row.priority
            wanted = "high" if before != "high" else "low"
            await inbox.press("p", wanted[0])
            await inbox.until(lambda: home.unsettled() == 1, "the edit")
            await inbox.press("$")
            await inbox.until(lambda: home.unsettled() == 0, "the delivery")
            server.act_as(colleague(), key.id, {"priority": "medium"})
            await inbox.press("$")
            await inbox.until(lambda: inbox.row.priority == "medium", "theirs")
        async with open_inbox(home) as inbox:  # started again in between
            await inbox.press("u")
            card = await card_of(inbox)
            assert (card.entry.base, card.entry.mine, card.entry.theirs) == (wanted, before, "medium")
            await inbox.press("l", "enter")
            await closed(inbox)
            assert home.unsettled() == 0
            assert server.submission(key.id)["priority"] == "medium"


@pytest.mark.slow
async def test_undo_of_what_was_sent_and_left_alone_is_sent_back(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        async with open_inbox(home) as inbox:
            await inbox.online()
            rows = [inbox.rows.row_at(at) for at in range(3)]
            await inbox.press("3", "f")
            await inbox.until(lambda: home.unsettled(), "the edits")
            await inbox.press("$")
            await inbox.until(lambda: home.unsettled() == 0, "the delivery")
            assert all(server.submission(row.key.id)["flagged"] for row in rows)
        async with open_inbox(home) as inbox:
            await inbox.online()
            await inbox.press("u")
            await inbox.until(lambda: home.unsettled(), "the reverse edits")
            await inbox.press("$")
            await inbox.until(
                lambda: (
                    [bool(server.submission(row.key.id)["flagged"]) for row in rows]
                    == [row.flagged for row in rows]
                ),
                "the values from before",
            )


@pytest.mark.slow
async def test_a_merge_of_notes_is_announced_once_and_undo_takes_ours_out(tmp_path):
    home = lone_home(tmp_path)
    one = keys_of(home, 1)[0]
    with home.local() as local:
        local.outbox.edit("a note", [Edit(one, "notes", "mine")], local.reader.server)
        edit = local.outbox.registers.get(one, "notes")
        delivery = Delivery(local.outbox._conn, wall=lambda: NOW)
        delivery.merge(edit, theirs="theirs", merged="theirs\nmine")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.until(
            lambda: "were merged, both are kept: u takes yours out" in inbox.status, "the words"
        )
        await inbox.press("u")
        await inbox.until(lambda: home.seen(one).notes == "theirs", "ours out")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.settled()
        assert "merged" not in inbox.status
