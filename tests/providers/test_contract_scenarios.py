"""The same story with every system, in every dialect and page size: the cache holds what the server holds.

It is told through the real engine over real HTTP: a first sync, one that is cut off and goes on, arrivals
(fewer and more than a page), and a form or bot that is deleted.
"""

import itertools
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from inbox_tui.demo import awardee, mantlz, mimicbot, postbox
from inbox_tui.demo.faults import Fault
from inbox_tui.demo.running import real_clock, running_server
from inbox_tui.providers.awardee_remote import AwardeeRemote
from inbox_tui.providers.http import JsonClient, Wire
from inbox_tui.providers.mantlz_remote import MantlzRemote
from inbox_tui.providers.mimicbot_remote import MimicbotRemote
from inbox_tui.providers.postbox_remote import PostboxRemote
from tests.providers.syncing import Inbox


@dataclass
class System:
    """One system of the server: its truth, and what happens to it."""

    server: object
    now: object

    def ledger(self, module):
        return module.Ledger(self.server.database, self.server.seed)

    def delete_one(self):
        """Delete a form or bot; the ids that went with it."""
        raise NotImplementedError


class Awardee(System):
    def truth(self):
        return {row["id"] for row in self.server.submissions()}

    def add(self, number):
        return self.server.add_submission()["id"]

    def delete_one(self):
        return set()

    @staticmethod
    def make(config, secret, clock, *, size):
        wire = Wire("src", config.base_url, secret)
        return AwardeeRemote("src", JsonClient(wire, clock=clock), page_size=size)

    def speak(self, quirks):
        self.server.contract(awardee.Awardee).quirks = quirks


class Mantlz(System):
    SLUGS = ("survey", "feedback")

    def truth(self):
        held = self.ledger(mantlz)
        return {row["id"] for form in held.forms() for row in held.submissions(form)}

    def add(self, number):
        held = self.ledger(mantlz)
        form = held.form_id(self.SLUGS[number % 2])
        return held.add(form, {"score": number}, self.now() + timedelta(milliseconds=number))

    def delete_one(self):
        held = self.ledger(mantlz)
        form = held.form_id("contact")
        rows = {row["id"] for row in held.submissions(form)}
        held.delete_form(form)
        return rows

    @staticmethod
    def make(config, secret, clock, *, size):
        wire = Wire("src", config.base_url, secret, header="X-API-Key", scheme="")
        return MantlzRemote("src", JsonClient(wire, clock=clock), clock=clock, page_size=size)

    def speak(self, quirks):
        contract = self.server.contract(mantlz.Mantlz)
        contract.quirks = quirks
        contract.settings.ip_limit = contract.settings.route_limit = None


class Mimicbot(System):
    SLUGS = ("website", "shop", "docs", "unused")

    def truth(self):
        held = self.ledger(mimicbot)
        listed = (row for slug in self.SLUGS for row in held.submissions(held.bot_id(slug))[:200])
        return {row["id"] for row in listed}

    def add(self, number):
        held = self.ledger(mimicbot)
        bot = held.bot_id(self.SLUGS[number % 2])
        return held.add(bot, {"n": number}, self.now() + timedelta(milliseconds=number))

    def delete_one(self):
        held = self.ledger(mimicbot)
        bot = held.bot_id("docs")
        rows = {row["id"] for row in held.submissions(bot)}
        held.delete_bot(bot)
        return rows

    @staticmethod
    def make(config, secret, clock, *, size):
        wire = Wire("src", config.base_url, secret)
        return MimicbotRemote("src", JsonClient(wire, clock=clock), clock=clock)

    def speak(self, quirks):
        contract = self.server.contract(mimicbot.Mimicbot)
        contract.quirks = quirks
        contract.settings.limit = None


class Postbox(System):
    SLUGS = ("contact", "bestellung", "newsletter", "support")

    def truth(self):
        held = self.ledger(postbox)
        forms = map(held.form_id, self.SLUGS)
        return {row["id"] for form in forms for row in held.submissions(form)}

    def add(self, number):
        held = self.ledger(postbox)
        form = held.form_id(self.SLUGS[number % 2])
        return held.add(form, {"message": f"no. {number}"}, self.now() + timedelta(seconds=number))

    def delete_one(self):
        held = self.ledger(postbox)
        form = held.form_id("newsletter")
        rows = {row["id"] for row in held.submissions(form)}
        held.delete_form(form)
        return rows

    @staticmethod
    def make(config, secret, clock, *, size):
        wire = Wire("src", config.base_url, secret)
        return PostboxRemote("src", JsonClient(wire, clock=clock), clock=clock, page_size=size)

    def speak(self, quirks):
        contract = self.server.contract(postbox.Postbox)
        contract.quirks = quirks
        contract.settings.limit = None


SYSTEMS = {"awardee": Awardee, "mantlz": Mantlz, "mimicbot": Mimicbot, "postbox": Postbox}
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
PAGE_SIZES = {"awardee": [1, 7, 100], "mantlz": [2, 9, 100], "mimicbot": [200], "postbox": [2, 9, 50]}
CASES = [
    pytest.param(name, quirks, size, id=f"{name}-{place}-{size}")
    for name, dialects in DIALECTS.items()
    for (place, quirks), size in itertools.product(enumerate(dialects), PAGE_SIZES[name])
]


@pytest.fixture
def time():
    return [real_clock().timestamp()]


@pytest.fixture
def server(tmp_path, time):
    def now():
        return datetime.fromtimestamp(time[0], UTC)

    with running_server(tmp_path / "server.db", submissions=40, now=now) as running:
        yield running


@pytest.mark.parametrize(("name", "quirks", "size"), CASES)
async def test_the_cache_holds_what_the_server_holds_at_every_turn(
    tmp_path, server, time, name, quirks, size
):
    system = SYSTEMS[name](server, server.clock)
    system.speak(quirks)
    inbox = Inbox(tmp_path / "data", server, time, name, make=partial(system.make, size=size))
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
        for count in (1, min(size, 20) + 5):
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
