"""The same story with every system, in every dialect and page size: the cache holds what the server holds.

It is told through the real engine over real HTTP: a first sync, one that is cut off and goes on, arrivals
(fewer and more than a page), and a form or bot that is deleted.
"""

import itertools
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest

from inbox_tui.demo import awardee, mantlz, mimicbot, postbox
from inbox_tui.demo.faults import Fault
from tests.providers.syncing import Inbox, serving


class Awardee:
    """Awardee on a server: its truth, and what happens to it."""

    def __init__(self, server):
        self._server = server

    def truth(self):
        return {row["id"] for row in self._server.submissions()}

    def add(self, number):
        return self._server.add_submission()["id"]

    def delete_one(self):
        """Delete a form or bot; the ids that went with it."""
        return set()

    def speak(self, quirks):
        self._server.contract(awardee.Awardee).quirks = quirks


@dataclass(frozen=True)
class Merged:
    """What is told apart of the systems with a list for each form or bot."""

    module: object
    contract: type
    slugs: tuple
    """The forms or bots with submissions; what arrives is for the first two."""
    doomed: str
    limits: tuple
    noun: str = "form"
    apart: timedelta = timedelta(milliseconds=1)
    """How far the times of two submissions are apart at least."""
    shown: int | None = None
    """How many rows of each are listed."""

    def __call__(self, server):
        return MergedSystem(self, server)


class MergedSystem:
    """One of them on a server: its truth, and what happens to it."""

    def __init__(self, about, server):
        self._about, self._server = about, server
        self._ledger = about.module.Ledger(server.database, server.seed)

    def truth(self):
        return {name for slug in self._about.slugs for name in self._rows(slug)}

    def add(self, number):
        part, at = self._part(self._about.slugs[number % 2]), number * self._about.apart
        return self._ledger.add(part, {"n": number}, self._server.clock() + at)

    def delete_one(self):
        rows = self._rows(self._about.doomed)
        getattr(self._ledger, f"delete_{self._about.noun}")(self._part(self._about.doomed))
        return rows

    def speak(self, quirks):
        contract = self._server.contract(self._about.contract)
        contract.quirks = quirks
        for limit in self._about.limits:
            setattr(contract.settings, limit, None)

    def _part(self, slug):
        return getattr(self._ledger, f"{self._about.noun}_id")(slug)

    def _rows(self, slug):
        rows = self._ledger.submissions(self._part(slug))
        return {row["id"] for row in rows[: self._about.shown]}


SYSTEMS = {
    "awardee": Awardee,
    "mantlz": Merged(
        mantlz,
        mantlz.Mantlz,
        ("survey", "feedback", "contact", "waitlist", "application", "rsvp"),
        "contact",
        ("ip_limit", "route_limit"),
    ),
    "mimicbot": Merged(
        mimicbot,
        mimicbot.Mimicbot,
        ("website", "shop", "docs", "unused"),
        "docs",
        ("limit",),
        noun="bot",
        shown=200,
    ),
    "postbox": Merged(
        postbox,
        postbox.Postbox,
        ("contact", "bestellung", "newsletter", "support"),
        "newsletter",
        ("limit",),
        apart=timedelta(seconds=1),
    ),
}
DIALECTS = {
    "awardee": [
        awardee.Quirks(),
        awardee.Quirks(filters="ignore", utc_suffix="Z", me="older"),
        awardee.Quirks(filters="refuse", unknown_query="refuse"),
    ],
    "mantlz": [
        mantlz.Quirks(end_of_list="null", missing_form=403),
        mantlz.Quirks(end_of_list="empty", limit_headers="refusals", reset_unit="seconds"),
        mantlz.Quirks(one_row_more=True),
        mantlz.Quirks(last_row_cursor="forms"),
        mantlz.Quirks(last_row_cursor="everywhere"),
        mantlz.Quirks(one_row_more=True, last_row_cursor="forms", limit_headers="refusals"),
    ],
    "mimicbot": [
        mimicbot.Quirks(),
        mimicbot.Quirks(envelope="named", error="string", malformed_id=400),
        mimicbot.Quirks(envelope="bare", error="code_and_message"),
    ],
    "postbox": [
        *(postbox.Quirks(profile=profile) for profile in "ABC"),
        *(postbox.Quirks(profile=profile, past_end="refuse") for profile in "ABC"),
        postbox.Quirks(profile="A", one="submission", forms="data"),
        postbox.Quirks(profile="B", one="data", forms="bare"),
        postbox.Quirks(profile="C", one="submission", forms="bare"),
    ],
}
PAGE_SIZES = {"awardee": [1, 7, 100], "mantlz": [2, 9, 100], "mimicbot": [None], "postbox": [2, 9, 50]}
CASES = [
    pytest.param(name, quirks, size, id=f"{name}-{place}-{size}")
    for name, dialects in DIALECTS.items()
    for (place, quirks), size in itertools.product(enumerate(dialects), PAGE_SIZES[name])
]


@pytest.fixture
def server(tmp_path, time):
    with serving(tmp_path / "server.db", time, 40) as running:
        yield running


@pytest.mark.parametrize(("name", "quirks", "size"), CASES)
async def test_the_cache_holds_what_the_server_holds_at_every_turn(
    tmp_path, server, time, name, quirks, size
):
    system = SYSTEMS[name](server)
    system.speak(quirks)
    options = {} if size is None else {"page_size": size}
    inbox = Inbox(tmp_path / "data", server, time, name, **options)
    try:
        # A first sync in which the server begins to fail: nothing twice, nothing left out in the end.
        server.faults.add(Fault("*", "status", status=503, after=4))
        cut = await inbox.try_sync()
        assert inbox.held().keys() <= system.truth()
        assert cut.error or cut.note or inbox.held().keys() == system.truth()
        server.faults.clear()
        time[0] += 7_200
        report = await inbox.sync()
        truth = system.truth()
        assert len(truth) >= 30
        assert Counter(inbox.held()) == Counter(dict.fromkeys(truth, "listed"))
        assert cut.arrived + report.arrived == len(truth)
        # Arrivals: one, and then more than a page.
        for count in (1, min(size or 200, 20) + 5):
            added = {system.add(number) for number in range(count)}
            time[0] += 600
            report = await inbox.sync()
            assert added <= system.truth()
            assert inbox.held() == dict.fromkeys(system.truth(), "listed")
            assert report.arrived == count
        # A form or bot that is deleted takes nothing away from here, and hides no other.
        before = system.truth()
        lost = system.delete_one()
        time[0] += 7_200
        await inbox.try_sync(full=True)
        held = inbox.held()
        assert held.keys() == before
        assert {held[each] for each in system.truth()} == {"listed"}
        assert before - system.truth() == lost
    finally:
        inbox.close()
