"""Trouble on demand: every kind of fault, where it hits and how often."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from inbox_tui.demo.faults import Fault, Kind

if TYPE_CHECKING:
    from inbox_tui.demo.running import RunningServer

_LIST = "GET /v1/submissions"
_PATCH = "PATCH /v1/submissions/{id}"


def test_a_change_can_be_applied_without_an_answer(
    server: RunningServer, api: httpx.Client, fresh: str
) -> None:
    server.faults.add(Fault(_PATCH, "drop_after_apply", times=1))
    with pytest.raises(httpx.RemoteProtocolError):
        api.patch(f"/submissions/{fresh}", json={"status": "read"})
    assert server.submission(fresh)["status"] == "read"
    assert server.requests[-1].status is None
    assert api.patch(f"/submissions/{fresh}", json={"status": "spam"}).status_code == 200


def test_a_change_can_be_lost_before_it_is_applied(
    server: RunningServer, api: httpx.Client, fresh: str
) -> None:
    server.faults.add(Fault(_PATCH, "drop_before_apply", times=1))
    with pytest.raises(httpx.RemoteProtocolError):
        api.patch(f"/submissions/{fresh}", json={"status": "read"})
    assert server.submission(fresh)["status"] == "new"
    assert (server.requests[-1].method, server.requests[-1].status) == ("PATCH", None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 502, 503])
def test_any_status_comes_in_the_envelope_with_rate_headers(
    server: RunningServer, api: httpx.Client, fresh: str, status: int
) -> None:
    server.faults.add(
        Fault(_PATCH, "status", status=status, field_errors={"notes": ["too sad"]}, retry_after=7)
    )
    answer = api.patch(f"/submissions/{fresh}", json={"notes": "x"})
    assert answer.status_code == status
    assert answer.json()["details"]["fieldErrors"] == {"notes": ["too sad"]}
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["Retry-After"] == "7"
    assert "X-RateLimit-Remaining-Hour" in answer.headers
    assert server.submission(fresh)["notes"] is None


def test_a_status_can_have_its_own_code_body_and_headers(server: RunningServer, api: httpx.Client) -> None:
    server.faults.add(Fault(_LIST, "status", status=403, code="insufficient_scope", times=1))
    assert api.get("/submissions").json()["error"] == "insufficient_scope"
    plain = {"Content-Type": "text/plain"}
    server.faults.add(Fault(_LIST, "status", status=502, body=b"Bad gateway", headers=plain))
    answer = api.get("/submissions")
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (
        502,
        "Bad gateway",
        "text/plain",
    )


def test_rate_limited_says_how_long_to_wait(server: RunningServer, api: httpx.Client) -> None:
    server.faults.add(Fault(_LIST, "rate_limited", retry_after="Fri, 22 May 2026 10:15:00 GMT", times=1))
    answer = api.get("/submissions")
    assert (answer.status_code, answer.json()["error"]) == (429, "rate_limited")
    assert answer.headers["Retry-After"] == "Fri, 22 May 2026 10:15:00 GMT"
    assert answer.headers["X-RateLimit-Remaining-Minute"] == "0"


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_points_elsewhere(server: RunningServer, api: httpx.Client, status: int) -> None:
    server.faults.add(Fault(_LIST, "redirect", status=status, location="http://127.0.0.1:1/trap"))
    answer = api.get("/submissions")
    assert (answer.status_code, answer.headers["Location"]) == (status, "http://127.0.0.1:1/trap")


def test_a_truncated_body_breaks_its_promise(server: RunningServer, api: httpx.Client) -> None:
    server.faults.add(Fault(_LIST, "truncated_body", times=1))
    with pytest.raises(httpx.RemoteProtocolError, match=r"peer closed connection"):
        api.get("/submissions")
    assert api.get("/submissions").status_code == 200


@pytest.mark.parametrize("kind", ["truncated_json", "garbage_json", "html"])
def test_some_answers_are_no_json(server: RunningServer, api: httpx.Client, kind: Kind) -> None:
    server.faults.add(Fault(_LIST, kind))
    answer = api.get("/submissions")
    assert answer.status_code == 200
    assert ("text/html" in answer.headers["Content-Type"]) is (kind == "html")
    with pytest.raises(ValueError):
        json.loads(answer.content)


def test_a_large_body_is_as_large_as_asked(server: RunningServer, api: httpx.Client) -> None:
    server.faults.add(Fault(_LIST, "oversized_body", size=3_000_000))
    assert len(api.get("/submissions").content) == 3_000_000


def test_a_gzip_bomb_is_small_on_the_wire(server: RunningServer, api: httpx.Client) -> None:
    server.faults.add(Fault(_LIST, "gzip_bomb", size=3_000_000))
    with api.stream("GET", "/submissions") as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert sum(map(len, answer.iter_raw())) < 10_000
    assert len(api.get("/submissions").json()["padding"]) > 2_900_000


def test_one_row_of_a_page_can_be_broken(server: RunningServer, api: httpx.Client) -> None:
    good = api.get("/submissions").json()
    server.faults.add(Fault(_LIST, "malformed_row", position=3, row=[1, "two"]))
    bad = api.get("/submissions").json()
    assert bad["data"][3] == [1, "two"]
    assert bad["data"][:3] + bad["data"][4:] == good["data"][:3] + good["data"][4:]
    assert bad["next_cursor"] == good["next_cursor"]


def test_a_slow_request_is_handled_after_the_wait(
    server: RunningServer, api: httpx.Client, fresh: str
) -> None:
    arrived, go = threading.Event(), threading.Event()
    server.faults.add(Fault(_PATCH, "latency", seconds=30, arrived=arrived, until=go))
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(api.patch, f"/submissions/{fresh}", json={"status": "read"})
        assert arrived.wait(10)
        assert server.submission(fresh)["status"] == "new"
        go.set()
        assert pending.result(10).json()["status"] == "read"


def test_a_change_is_applied_after_its_client_gave_up(
    server: RunningServer, api: httpx.Client, fresh: str
) -> None:
    server.faults.add(Fault(_PATCH, "latency", seconds=30))
    with pytest.raises(httpx.ReadTimeout):
        api.patch(f"/submissions/{fresh}", json={"status": "read"}, timeout=0.3)
    server.stop()
    assert server.submission(fresh)["status"] == "read"


def test_a_wait_and_another_fault_can_meet(server: RunningServer, api: httpx.Client) -> None:
    server.faults.add(Fault("*", "latency", seconds=0.001))
    server.faults.add(Fault(_LIST, "status", status=503))
    assert api.get("/submissions").status_code == 503
    assert api.get("/me").status_code == 200


def test_faults_hit_their_route_their_number_and_their_requests_only(
    server: RunningServer, api: httpx.Client, fresh: str
) -> None:
    server.faults.add(Fault("GET /v1/submissions/{id}", "status", status=500, after=1, times=2))
    statuses = [api.get(f"/submissions/{fresh}").status_code for _ in range(4)]
    assert statuses == [200, 500, 500, 200]
    assert api.get("/submissions").status_code == 200
    assert api.get(f"/submissions/{fresh}/events").status_code == 200
    server.faults.add(Fault("* /v1/submissions", "status", when=lambda request: "cursor" in request.query))
    assert api.get("/submissions").status_code == 200
    assert api.get("/submissions", params={"cursor": "x"}).status_code == 500
    server.faults.clear()
    assert api.get("/submissions", params={"cursor": "x"}).status_code == 400


def test_requests_are_logged_without_the_key(server: RunningServer, api: httpx.Client, fresh: str) -> None:
    server.forget_requests()
    api.patch(f"/submissions/{fresh}", json={"flagged": True}, headers={"X-Note": "seen"})
    api.get("/submissions", params={"status": "new,read"})
    first, second = server.requests
    assert (first.method, first.path, first.status) == ("PATCH", f"/v1/submissions/{fresh}", 200)
    assert json.loads(first.body) == {"flagged": True}
    assert first.headers["x-note"] == "seen"
    assert second.query == "status=new%2Cread"
    assert server.keys["awardee"] not in repr(server.requests)
