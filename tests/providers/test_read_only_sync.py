"""Mimicbot and Postbox through the engine, over real HTTP: the cache holds what they hold."""

from datetime import timedelta

import pytest

from cache.sync.remote import Misconfigured
from inbox_tui import providers
from inbox_tui.demo import mantlz, mimicbot, postbox
from tests.providers.syncing import Inbox, serving


@pytest.fixture
def server(tmp_path, time):
    with serving(tmp_path / "server.db", time, 60) as running:
        yield running


@pytest.fixture
def open_inbox(tmp_path, server, time):
    opened = []

    def make(provider, *containers, key=None):
        opened.append(Inbox(tmp_path / "data", server, time, provider, key=key, containers=containers))
        return opened[-1]

    yield make
    for inbox in opened:
        inbox.close()


async def test_rows_that_left_the_window_of_a_bot_are_kept_as_old(server, open_inbox, time):
    held = mimicbot.Ledger(server.database, server.seed)
    bot = held.bot_id("unused")
    start = server.clock()
    for second in range(200):
        held.add(bot, {"n": second}, start + timedelta(seconds=second))
    inbox = open_inbox("mimicbot", bot)
    await inbox.sync()
    first = inbox.held()
    assert (len(first), set(first.values())) == (200, {"listed"})
    for second in range(200, 230):
        held.add(bot, {"n": second}, start + timedelta(seconds=second))
    time[0] += 600
    await inbox.sync(full=True)
    rows = [row["id"] for row in held.submissions(bot)]
    assert inbox.held() == {
        **dict.fromkeys(rows[:200], "listed"),
        **dict.fromkeys(rows[200:], "aged_out"),
    }


async def test_a_pending_row_of_a_bot_is_overwritten_when_it_is_final(server, open_inbox, time):
    held = mimicbot.Ledger(server.database, server.seed)
    bot = held.bot_id("unused")
    added = held.add(bot, {"message": "hi"}, server.clock())
    inbox = open_inbox("mimicbot", bot)
    await inbox.sync()
    assert inbox.raw(added)["item"]["result"] == "pending"
    held.finish(added, "success", {"deliveryStatus": "optimistic"}, server.clock())
    time[0] += 60
    await inbox.sync()
    assert inbox.raw(added)["item"]["result"] == "success"
    assert inbox.held() == {added: "listed"}


async def test_a_bot_without_access_does_not_keep_the_others_from_being_synced(server, open_inbox):
    inbox = open_inbox("mimicbot")
    report = await inbox.sync()
    held = mimicbot.Ledger(server.database, server.seed)
    rows = {row["id"] for slug in ("website", "shop", "docs") for row in held.submissions(held.bot_id(slug))}
    assert inbox.held() == dict.fromkeys(rows, "listed")
    assert report.unreadable == 0


@pytest.mark.parametrize("profile", "ABC")
async def test_every_row_of_every_form_is_held_and_follows_what_becomes_of_it(
    server, open_inbox, time, profile
):
    server.contract(postbox.Postbox).quirks = postbox.Quirks(profile=profile)
    held = postbox.Ledger(server.database, server.seed)
    slugs = ("contact", "bestellung", "newsletter", "support")
    added = held.add(held.form_id("contact"), {"message": "hi"}, server.clock() - timedelta(days=900))
    inbox = open_inbox("postbox")
    await inbox.sync()
    rows = [row["id"] for slug in slugs for row in held.submissions(held.form_id(slug), profile)]
    assert inbox.held() == dict.fromkeys(rows, "listed")
    held.change(added, processing="completed", spam=1, confidence=0.9)
    time[0] += 600
    await inbox.sync(full=True)
    stored = inbox.raw(added)["item"]
    assert stored["spam" if profile == "C" else "spam_flag"] is True
    assert stored["processing_status"] == "completed"


async def test_the_cached_row_makes_the_same_submission_without_any_network(server, open_inbox):
    inbox = open_inbox("postbox")
    await inbox.sync()
    names = set()
    for identifier in inbox.held():
        submission = providers.decoder("postbox")(inbox.raw(identifier), "src")
        assert submission.id == identifier
        names.add(submission.container_name)
    assert names == {"Contact", "Bestellungen 📦", "Newsletter", "Support"}


async def test_what_left_the_window_of_one_bot_is_old_beside_a_bot_that_shows_older_rows(
    server, open_inbox, time
):
    held = mimicbot.Ledger(server.database, server.seed)
    bot, other = held.bot_id("unused"), held.bot_id("website")
    start = server.clock()
    for second in range(200):
        held.add(bot, {"n": second}, start + timedelta(seconds=second))
    inbox = open_inbox("mimicbot", bot, other)
    await inbox.sync()
    for second in range(200, 230):
        held.add(bot, {"n": second}, start + timedelta(seconds=second))
    time[0] += 600
    await inbox.sync(full=True)
    rows = [row["id"] for row in held.submissions(bot)]
    others = [row["id"] for row in held.submissions(other)]
    assert min(row["createdAt"] for row in held.submissions(other)) < held.submissions(bot)[-1]["createdAt"]
    assert inbox.held() == {
        **dict.fromkeys([*rows[:200], *others], "listed"),
        **dict.fromkeys(rows[200:], "aged_out"),
    }


async def test_a_full_window_of_a_bot_without_a_known_row_is_a_possible_gap(server, open_inbox, time):
    held = mimicbot.Ledger(server.database, server.seed)
    bot, start = held.bot_id("website"), server.clock()
    inbox = open_inbox("mimicbot")
    assert "possible gap" not in ((await inbox.sync()).note or "")
    for second in range(200):
        held.add(bot, {"n": second}, start + timedelta(seconds=second))
    time[0] += 600
    note = (await inbox.sync()).note
    assert "“Website helper” may have received submissions after 20" in note
    assert "UTC that were never shown: a possible gap." in note
    for second in range(200, 399):
        held.add(bot, {"n": second}, start + timedelta(seconds=second))
    time[0] += 600
    assert "possible gap" not in ((await inbox.sync()).note or "")


OTHER_KEYS = [
    ("mantlz", "mantlz.standard"),
    ("mantlz.standard", "mantlz"),
    ("mantlz.standard", "mantlz.free"),
    ("mimicbot", "mimicbot.second"),
]


@pytest.mark.parametrize(("key", "other"), OTHER_KEYS)
async def test_the_key_of_another_account_stops_the_source_and_nothing_is_merged(
    server, open_inbox, key, other
):
    provider = key.partition(".")[0]
    await open_inbox(provider, key=key).sync()
    inbox = open_inbox(provider, key=other)
    before = inbox.held()
    assert before
    report = await inbox.try_sync(full=True)
    assert isinstance(report.failure, Misconfigured)
    assert "The key of src opens another account" in report.error
    assert inbox.held() == before
    await open_inbox(provider, key=key).sync()


async def test_a_key_that_shows_no_form_at_all_takes_nothing_away_and_says_so(server, open_inbox):
    await open_inbox("postbox").sync()
    inbox = open_inbox("postbox", key="postbox.second")
    before = inbox.held()
    report = await inbox.try_sync()
    assert report.note == "The key shows no form."
    assert inbox.held() == before
    report = await open_inbox("postbox").try_sync()
    assert "The key of src opens another account" in report.error


@pytest.mark.parametrize("provider", ["mantlz", "postbox"])
async def test_a_form_deleted_between_two_syncs_is_no_other_account(server, open_inbox, provider):
    held = {"mantlz": mantlz, "postbox": postbox}[provider].Ledger(server.database, server.seed)
    inbox = open_inbox(provider)
    await inbox.sync()
    gone = {row["id"] for row in held.submissions(held.form_id("contact"))}
    before = inbox.held()
    held.delete_form(held.form_id("contact"))
    await inbox.sync()
    assert gone <= inbox.held().keys() == before.keys()


async def test_forms_that_are_not_followed_vouch_for_the_account_too(server, open_inbox):
    held = postbox.Ledger(server.database, server.seed)
    followed = held.form_id("contact")
    await open_inbox("postbox", followed).sync()
    held.delete_form(followed)
    report = await open_inbox("postbox", followed).try_sync()
    assert report.error is None
    assert report.note == "The key shows none of the forms that are followed."
