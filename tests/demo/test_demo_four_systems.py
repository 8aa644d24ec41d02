"""The four systems beside each other: shared people, odd answers, time passing, limits, configuration."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from inbox_tui import providers
from inbox_tui.demo import launch, mantlz, mimicbot, postbox
from inbox_tui.demo.faults import Fault
from inbox_tui.demo.hostile import HOSTILE
from inbox_tui.demo.oddities import ODD_ANSWERS
from inbox_tui.demo.registry import contracts
from inbox_tui.demo.running import RunningServer, running_server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import httpx

NOW = datetime(2026, 5, 22, 10, 14, 39, tzinfo=UTC)


def _rows(server: RunningServer) -> dict[str, list[dict[str, Any]]]:
    mantlz_ledger = mantlz.Ledger(server.database, server.seed)
    mimicbot_ledger = mimicbot.Ledger(server.database, server.seed)
    postbox_ledger = postbox.Ledger(server.database, server.seed)
    forms = (postbox_ledger.form_id(slug) for slug in ("contact", "bestellung", "newsletter", "support"))
    bots = (mimicbot_ledger.bot_id(slug) for slug in ("website", "shop", "docs", "partner"))
    return {
        "awardee": server.submissions(),
        "mantlz": [row for form in mantlz_ledger.forms() for row in mantlz_ledger.submissions(form)],
        "mimicbot": [row for bot in bots for row in mimicbot_ledger.submissions(bot)],
        "postbox": [row for form in forms for row in postbox_ledger.submissions(form)],
    }


def _addresses(rows: Sequence[Any], name: str) -> set[str]:
    if name == "awardee":
        answers = (answer for row in rows for answer in row["data"].values())
        return {answer["value"] for answer in answers if answer["type"] == "form_email" and answer["value"]}
    inner = "params" if name == "mimicbot" else "data"
    return {row[inner]["email"] for row in rows if isinstance(row[inner].get("email"), str)}


def test_the_same_people_write_to_several_systems(big: RunningServer) -> None:
    known = {name: _addresses(rows, name) for name, rows in _rows(big).items()}
    names = sorted(known)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            assert known[one] & known[other], (one, other)
            assert known[one] - known[other]


def test_visitors_come_back_to_a_bot_and_to_a_form(big: RunningServer) -> None:
    rows = _rows(big)
    visitors = [row["visitorId"] for row in rows["mimicbot"]]
    assert len(set(visitors)) < len(visitors)
    assert {row["data"].get("visitor_id") for row in rows["postbox"]} & set(visitors)


def test_hostile_and_odd_answers_reach_every_system(tmp_path: Path) -> None:
    with running_server(tmp_path / "s.db", submissions=400, now=NOW) as server:
        rows = _rows(server)
    for name, inner in (("mantlz", "data"), ("mimicbot", "params"), ("postbox", "data")):
        text = json.dumps([row[inner] for row in rows[name]], ensure_ascii=False)
        for odd in ODD_ANSWERS[:-1]:
            assert json.dumps(odd, ensure_ascii=False)[1:-1] in text, (name, list(odd)[:1])
        assert json.dumps(HOSTILE[0].name, ensure_ascii=False) in text
        assert "_meta" in text or name != "mantlz"


@pytest.mark.slow
def test_every_outcome_of_processing_and_delivery_turns_up(tmp_path: Path) -> None:
    with running_server(tmp_path / "s.db", submissions=800, now=NOW) as server:
        rows = _rows(server)
    assert {row["result"] for row in rows["mimicbot"]} == {
        *("pending", "success", "failure", "cancelled", "expired")
    }
    said = [row["contactMetadata"] or {} for row in rows["mimicbot"]]
    assert {part.get("deliveryStatus") for part in said} > {
        *("delivered", "captured", "deeplink_opened", "optimistic", "failed", None)
    }
    states = {row["processing_status"] for row in rows["postbox"]}
    assert {"completed", "skipped", "failed"} < states
    assert {row["reply_status"] for row in rows["postbox"]} == {"pending", "completed", "sent", "failed"}
    assert {row["spam_flag"] for row in rows["postbox"]} == {True, False}
    translated = [row for row in rows["postbox"] if row["translated_data"]]
    assert {row["original_language"] for row in translated} > {"de", "ja", "ar"}
    assert all(set(row["translated_data"]) == set(row["data"]) for row in translated)
    assert all((row["replied_at"] is not None) is (row["reply_status"] == "sent") for row in rows["postbox"])


def _passed(path: Path, seconds: int, step: int) -> dict[str, list[dict[str, Any]]]:
    moment = NOW

    def clock() -> datetime:
        return moment

    with running_server(path, submissions=20, now=clock) as server:
        server.tick()
        for _ in range(seconds // step):
            moment += timedelta(seconds=step)
            server.tick()
        return _rows(server)


def test_what_arrives_does_not_depend_on_how_often_one_looks(tmp_path: Path) -> None:
    often = _passed(tmp_path / "a.db", 600, 1)
    assert _passed(tmp_path / "b.db", 600, 300) == often
    for name, rows in _passed(tmp_path / "c.db", 0, 1).items():
        assert len(often[name]) > len(rows) + 10, name


@pytest.mark.slow
def test_rows_move_on_while_time_passes(server: RunningServer, clock: Any) -> None:
    before = {name: {row["id"]: row for row in rows} for name, rows in _rows(server).items()}
    server.tick()
    born: dict[str, set[str]] = {"mimicbot": set(), "postbox": set()}
    for _ in range(120):
        clock.step(1)
        server.tick()
        for name, states in born.items():
            fresh = [row for row in _rows(server)[name] if row["id"] not in before[name]]
            states |= {row.get("result") or row["processing_status"] for row in fresh}
    assert "pending" in born["mimicbot"]
    assert {"success", "failure", "cancelled", "expired"} & born["mimicbot"]
    assert {"pending", "processing", "completed"} <= born["postbox"]


def test_a_long_silence_is_not_made_up_for(server: RunningServer, clock: Any) -> None:
    server.tick()
    count = len(server.submissions())
    clock.step(30 * 86_400)
    server.tick()
    assert len(server.submissions()) == count


def test_limits_are_kept_once_a_rate_is_chosen(tmp_path: Path) -> None:
    with running_server(tmp_path / "s.db", submissions=1, now=NOW, rate=(60, 1000)) as server:
        assert server.contract(mantlz.Mantlz).settings.ip_limit == 30
        assert server.contract(mantlz.Mantlz).settings.route_limit == 30
        assert server.contract(mimicbot.Mimicbot).settings.limit == 600
        assert server.contract(postbox.Postbox).settings.limit == 60
    with running_server(tmp_path / "s.db", now=NOW) as server:
        assert server.contract(mantlz.Mantlz).settings.ip_limit is None


@pytest.mark.parametrize(
    ("key", "path", "rows"),
    [
        ("mantlz", "/forms/list", "forms"),
        ("mimicbot", "/bots", "items"),
        ("postbox", "/forms", "forms"),
    ],
)
def test_faults_speak_the_words_of_their_system(
    server: RunningServer, open_client: Callable[[str], httpx.Client], key: str, path: str, rows: str
) -> None:
    client = open_client(key)
    route = f"GET {client.base_url.path.rstrip('/')}{path}"
    server.faults.add(Fault(route, "rate_limited", times=1, retry_after=3600))
    server.faults.add(Fault(route, "status", status=503, times=1))
    server.faults.add(Fault(route, "malformed_row", times=1, row=17, position=0))
    refused, broken, odd = (client.get(path) for _ in range(3))
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
    assert "error" in refused.json()
    assert (broken.status_code, set(broken.json())) == (503, {"error"})
    assert odd.json()[rows][0] == 17


def test_a_list_without_an_envelope_can_have_a_bad_row_too(
    server: RunningServer, open_client: Callable[[str], httpx.Client]
) -> None:
    server.contract(mimicbot.Mimicbot).quirks = mimicbot.Quirks(envelope="bare")
    server.faults.add(Fault("GET /mimicbot/api/bots", "malformed_row", row="?", position=1))
    assert open_client("mimicbot").get("/bots").json()[1] == "?"


def test_the_written_configuration_holds_the_sources_the_client_can_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sources(name: str) -> dict[str, Any]:
        config = launch.prepare(tmp_path / name, port=8765, submissions=1, seed=3).config
        found: dict[str, Any] = tomllib.loads(config.read_text())["sources"]
        return found

    served = {contract.name: contract for contract in contracts()}
    written = {source["provider"]: source for source in sources("now").values()}
    assert set(written) == set(providers.provider_names()) & set(served)
    monkeypatch.setattr(providers, "provider_names", lambda: tuple(served))
    full = sources("full")
    assert list(full) == ["acme", "mantlz", "mimicbot", "postbox"]
    for source in full.values():
        assert source["base_url"] == "http://127.0.0.1:8765" + served[source["provider"]].prefix
        assert ("me" in source) is (source["provider"] == "awardee")
        assert launch.print_key(source["provider"], 3)
