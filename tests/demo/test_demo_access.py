"""Credentials, the error envelope and rate limits. See docs/contracts/awardee.md sections 1, 4 and 5."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from inbox_tui.demo.limits import parse_rate
from inbox_tui.demo.running import RunningServer, running_server

if TYPE_CHECKING:
    from pathlib import Path

_RATE_HEADERS = {
    f"x-ratelimit-{fact}-{window}"
    for fact in ("limit", "remaining", "reset")
    for window in ("minute", "hour")
}


def _get(server: RunningServer, key: str, path: str = "/me") -> httpx.Response:
    return httpx.get(
        server.url + "/v1" + path,
        headers={"Authorization": f"Bearer {server.keys[key]}"},
        trust_env=False,
        verify=False,
    )


def _is_complete(response: httpx.Response) -> bool:
    request_id = response.headers["X-Request-Id"]
    assert re.fullmatch(r"req_[0-9a-f]{24}", request_id)
    if response.status_code >= 400:
        assert response.json()["request_id"] == request_id
        assert isinstance(response.json()["message"], str)
    return set(response.headers) >= _RATE_HEADERS


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        ("awardee.revoked", 401, "api_key_revoked"),
        ("awardee.expired", 401, "api_key_expired"),
        ("awardee.paused", 403, "api_key_paused"),
        ("awardee.second.revoked", 401, "api_key_revoked"),
    ],
)
def test_a_dead_key_is_refused_by_its_reason(big: RunningServer, key: str, status: int, code: str) -> None:
    response = _get(big, key)
    assert (response.status_code, response.json()["error"]) == (status, code)
    assert _is_complete(response)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "missing_api_key"),
        ("", "missing_api_key"),
        ("Bearer", "missing_api_key"),
        ("Basic YTpi", "missing_api_key"),
        ("Bearer aw_live_00000000000000000000000000000000", "invalid_api_key"),
    ],
)
def test_no_key_and_an_unknown_key_are_told_apart(big: RunningServer, header: str | None, code: str) -> None:
    headers = {} if header is None else {"Authorization": header}
    for path in ("/v1/me", "/v1/submissions", "/v1/nowhere"):
        response = httpx.get(big.url + path, headers=headers, trust_env=False, verify=False)
        assert (response.status_code, response.json()["error"]) == (401, code)
        assert _is_complete(response)


def test_me_of_a_key_names_the_key(big: RunningServer) -> None:
    me = _get(big, "awardee").json()
    assert me["auth"] == {"type": "api_key"}
    assert me["org"]["slug"] == "acme"
    assert set(me["api_key"]) == {"id", "name"}
    assert "user" not in me


def test_me_of_a_token_names_the_person_and_the_scopes(big: RunningServer) -> None:
    me = _get(big, "awardee.oauth").json()
    assert me["user"]["id"] == big.me == big.members()[0]["user_id"]
    assert me["auth"]["type"] == "oauth_token"
    assert set(me["auth"]["client"]) == {"client_id", "name", "logo_url"}
    assert "submissions.manage" in me["auth"]["scopes"]
    assert "api_key" not in me
    assert "submissions.manage" not in _get(big, "awardee.read_only").json()["auth"]["scopes"]


def test_a_token_without_the_scope_reads_but_does_not_write(server: RunningServer, fresh: str) -> None:
    headers = {"Authorization": f"Bearer {server.keys['awardee.read_only']}"}
    with httpx.Client(base_url=server.url + "/v1", headers=headers, trust_env=False, verify=False) as client:
        assert client.get(f"/submissions/{fresh}").status_code == 200
        refused = client.patch(f"/submissions/{fresh}", json={"status": "read"})
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    assert server.submission(fresh)["status"] == "new"


def test_keys_look_like_the_real_ones_and_follow_the_seed(big: RunningServer, server: RunningServer) -> None:
    assert big.keys == server.keys
    assert len(set(big.keys.values())) == len(big.keys)
    assert sum(name.startswith("awardee") for name in big.keys) == 12
    for name, token in big.keys.items():
        if not name.startswith("awardee"):
            continue
        prefix = "awo_live_" if name.endswith(("oauth", "read_only")) else "aw_live_"
        assert re.fullmatch(prefix + "[0-9a-f]{32}", token)


def test_every_answer_carries_rate_headers_and_a_request_id(api: httpx.Client, fresh: str) -> None:
    answers = [
        api.get("/me"),
        api.get("/submissions"),
        api.get("/nowhere"),
        api.delete("/submissions"),
        api.get("/submissions", params={"limit": "x"}),
        api.patch(f"/submissions/{fresh}", json={}),
        api.patch(f"/submissions/{fresh}", json={"status": "read"}),
        api.get("/submissions/none"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 405, 400, 400, 200, 404]
    assert all(_is_complete(answer) for answer in answers)
    left = [int(answer.headers["X-RateLimit-Remaining-Hour"]) for answer in answers]
    assert left == list(range(left[0], left[0] - len(left), -1))


def test_the_minute_window_rolls(tmp_path: Path, clock: Any) -> None:
    with running_server(tmp_path / "s.db", submissions=3, rate=(3, 100), now=clock) as server:
        seen = []
        for _ in range(3):
            seen.append(_get(server, "awardee").headers)
            clock.step(10)
        start = int(clock().timestamp()) - 30
        assert [headers["X-RateLimit-Remaining-Minute"] for headers in seen] == ["2", "1", "0"]
        assert {headers["X-RateLimit-Reset-Minute"] for headers in seen} == {str(start + 60)}
        refused = _get(server, "awardee.oauth")
        assert (refused.status_code, refused.json()["error"]) == (429, "rate_limited")
        assert refused.headers["Retry-After"] == "30"
        assert refused.headers["X-RateLimit-Remaining-Minute"] == "0"
        assert refused.headers["X-RateLimit-Remaining-Hour"] == "97"
        assert _get(server, "awardee.second").status_code == 200
        clock.step(29.5)
        assert _get(server, "awardee").headers["Retry-After"] == "1"
        clock.step(0.5)
        assert _get(server, "awardee").status_code == 200
        assert _get(server, "awardee").status_code == 429
        clock.step(10)
        assert _get(server, "awardee").status_code == 200


def test_the_hour_window_can_mean_a_long_wait(tmp_path: Path, clock: Any) -> None:
    with running_server(tmp_path / "s.db", submissions=3, rate=(60, 2), now=clock) as server:
        _get(server, "awardee")
        clock.step(100)
        _get(server, "awardee")
        refused = _get(server, "awardee")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3500")
        assert refused.headers["X-RateLimit-Remaining-Minute"] == "59"
        assert refused.headers["X-RateLimit-Remaining-Hour"] == "0"
        assert "Retry-After" not in _get(server, "awardee.second").headers


def test_a_limited_request_changes_nothing(tmp_path: Path, clock: Any) -> None:
    with running_server(tmp_path / "s.db", submissions=3, rate=(1, 100), now=clock) as server:
        target = server.add_submission()["id"]
        _get(server, "awardee")
        headers = {"Authorization": f"Bearer {server.keys['awardee']}"}
        url = f"{server.url}/v1/submissions/{target}"
        assert (
            httpx.patch(
                url, json={"flagged": True}, headers=headers, trust_env=False, verify=False
            ).status_code
            == 429
        )
        assert server.submission(target)["flagged"] is False


@pytest.mark.parametrize("text", ["60", "60/", "/1000", "a/b", "0/10", "60/1000/2", "-1/5", "1.5/3"])
def test_a_wrong_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"rate"):
        parse_rate(text)


def test_a_rate_is_read_as_two_numbers() -> None:
    assert parse_rate("60/1000") == (60, 1000)
