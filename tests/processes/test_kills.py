"""Twenty processes are killed while edits are made and sent (inv 1, 22, 24)."""

from pathlib import Path

from tests.processes.accounts import Accounts, Try
from tests.processes.kills import kill_many


def test_twenty_kills_lose_no_acknowledged_edit_and_send_none_twice(tmp_path: Path) -> None:
    """inv 1, 22, 24"""
    result = kill_many(tmp_path, 20, seed=20260522)
    assert result.problems == [], result.text()
    assert result.kills.total() == 20
    assert result.acknowledged > 40


BEFORE = {"a": {"status": "new", "notes": "old"}}


class TestTheBooks:
    """That the comparison would say so if something were wrong."""

    def accounts(self, *tries: Try) -> Accounts:
        made = Accounts()
        for one in tries:
            made.tries.setdefault((one.id, one.field), []).append(one)
        return made

    def problems(self, accounts: Accounts, events: tuple[str, ...] = (), **held: object) -> list[str]:
        told = [{"type": "status_changed", "to": value} for value in events]
        return accounts.problems({"a": {**BEFORE["a"], **held}}, BEFORE, {"a": told})

    def test_what_was_acknowledged_is_wanted(self) -> None:
        accounts = self.accounts(Try("a", "status", "read", True), Try("a", "status", "spam"))
        assert self.problems(accounts, status="read") == []
        assert self.problems(accounts, status="spam") == []
        assert self.problems(accounts, status="new") != []

    def test_a_value_sent_twice_is_told(self) -> None:
        accounts = self.accounts(Try("a", "status", "read", True), Try("a", "status", "spam", True))
        assert self.problems(accounts, ("read", "spam"), status="spam") == []
        assert self.problems(accounts, ("read", "spam", "read", "spam"), status="spam") != []

    def test_a_line_of_the_notes_is_there_once(self) -> None:
        accounts = self.accounts(Try("a", "notes", "x", True), Try("a", "notes", "y"))
        assert self.problems(accounts, notes="old\nx") == []
        assert self.problems(accounts, notes="old\nx\ny") == []
        assert self.problems(accounts, notes="old\ny") != []
        assert self.problems(accounts, notes="old\nx\nx") != []
        assert self.problems(accounts, notes="x") != []

    def test_output_that_ends_in_the_middle_of_a_line_is_read_as_far_as_it_goes(self) -> None:
        accounts = Accounts()
        line = 'try {"id": "a", "field": "status", "want": "read"}\n'
        accounts.read(f"status online\n{line}saved\n{line}{line}resolved SUB-1.\n{line[:20]}")
        assert [one.acknowledged for one in accounts.tries["a", "status"]] == [True, False, True]
