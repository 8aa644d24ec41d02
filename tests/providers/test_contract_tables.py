"""Each row of the tables of refusals in docs/contracts, played to the client: its kind and its sentence."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from cache.sync.remote import (
    AuthPaused,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    RemoteError,
    ServerFault,
)
from inbox_tui import providers
from inbox_tui.config import SourceConfig
from inbox_tui.providers.body import MAX_BYTES
from inbox_tui.providers.http import DEADLINE_SECONDS
from inbox_tui.providers.items import MAX_DEPTH, MAX_KEYS, MAX_STRING
from inbox_tui.secrets import Secret

DOCS = Path(__file__).parents[2] / "docs" / "contracts"
HOST = "api.example"
NO_KEY = f"{HOST} does not accept the key of source src"
NOT_ALLOWED = f"{HOST} does not permit this with this key"
REFUSED = f"{HOST} refused the request"
NOTHING = f"{HOST} has no such record."
WAIT = f"{HOST} asks to wait before the next request."
FAILED = f"{HOST} failed (status 500)"
KEY = "mk_" + "0" * 32
TEXT = "text/plain"


@dataclass(frozen=True)
class Row:
    provider: str
    status: int
    code: str
    """What stands in the table of the contract beside the status."""
    body: object
    """JSON, or plain text."""
    kind: type
    sentence: str


def flat(code, message="It says why."):
    return {"error": code, "message": message, "request_id": "req_1"}


def nested(code, message="It says why."):
    return {"error": {"code": code, "message": message}}


def bare(code):
    return {"error": {"code": code}}


AWARDEE = [
    (400, "invalid_payload", Refused, f"{REFUSED} (invalid_payload): It says why."),
    (400, "invalid_query", Refused, f"{REFUSED} (invalid_query): It says why."),
    (401, "missing_api_key", AuthPaused, f"{NO_KEY} (missing_api_key)."),
    (401, "invalid_api_key", AuthPaused, f"{NO_KEY} (invalid_api_key)."),
    (401, "api_key_revoked", AuthPaused, f"{NO_KEY} (api_key_revoked)."),
    (401, "api_key_expired", AuthPaused, f"{NO_KEY} (api_key_expired)."),
    (403, "api_key_paused", AuthPaused, f"{NO_KEY} (api_key_paused)."),
    (403, "forbidden", Forbidden, f"{NOT_ALLOWED} (forbidden): It says why."),
    (403, "insufficient_scope", Forbidden, f"{NOT_ALLOWED} (insufficient_scope): It says why."),
    (404, "not_found", NotFound, NOTHING),
    (405, "method_not_allowed", Refused, f"{REFUSED} (method_not_allowed): It says why."),
    (409, "conflict", Refused, f"{REFUSED} (conflict): It says why."),
    (409, "idempotency_conflict", Refused, f"{REFUSED} (idempotency_conflict): It says why."),
    (413, "payload_too_large", Refused, f"{REFUSED} (payload_too_large): It says why."),
    (429, "rate_limited", RateLimited, WAIT),
]
MANTLZ = [
    (
        400,
        "Number must be less than or equal to 100",
        Refused,
        f"{REFUSED}: Number must be less than or equal to 100.",
    ),
    (400, "Invalid API key format", AuthPaused, f"{NO_KEY}."),
    (400, "API key is required", AuthPaused, f"{NO_KEY}."),
    (401, "Invalid or inactive API key", AuthPaused, f"{NO_KEY}."),
    (403, "Upgrade to STANDARD or PRO", Forbidden, f"{NOT_ALLOWED}: Upgrade to STANDARD or PRO."),
    (
        404,
        "User not found",
        AuthPaused,
        f"{HOST} has no account for the key of source src; check the key and the base_url.",
    ),
    (429, "Rate limit exceeded", RateLimited, WAIT),
    (500, "Internal server error", ServerFault, f"{FAILED}: Internal server error."),
]
MIMICBOT = [
    (400, "VALIDATION_ERROR", Refused, f"{REFUSED} (VALIDATION_ERROR)"),
    (401, "UNAUTHENTICATED", AuthPaused, f"{NO_KEY} (UNAUTHENTICATED)."),
    (
        403,
        "NO_AGENCY",
        Forbidden,
        "The token of source src belongs to a profile without an agency (NO_AGENCY); it has to join one",
    ),
    (403, "FORBIDDEN", Forbidden, f"{NOT_ALLOWED} (FORBIDDEN)"),
    (404, "NOT_FOUND", NotFound, NOTHING),
    (429, "RATE_LIMITED", RateLimited, WAIT),
]
POSTBOX = [
    (400, 400, Refused, f"{REFUSED} (400): It says why."),
    (400, "invalid_params", Refused, f"{REFUSED} (invalid_params): It says why."),
    (401, "unauthorized", AuthPaused, f"{NO_KEY} (unauthorized)."),
    (404, 404, NotFound, NOTHING),
    (404, "not_found", NotFound, NOTHING),
    (422, 422, Refused, f"{REFUSED} (422): It says why."),
    (422, "delete_failed", Refused, f"{REFUSED} (delete_failed): It says why."),
    (429, "rate_limited", RateLimited, WAIT),
]
ROWS = [
    *(Row("awardee", status, code, flat(code), kind, said) for status, code, kind, said in AWARDEE),
    Row("awardee", 500, "", "<html>oops</html>", ServerFault, FAILED),
    Row("awardee", 503, "", flat("unavailable"), ServerFault, f"{HOST} failed (status 503): It says why."),
    Row("awardee", 502, "", "", OutcomeUnknown, f"{HOST} gave up waiting (status 502)"),
    *(Row("mantlz", status, text, {"error": text}, kind, said) for status, text, kind, said in MANTLZ),
    Row("mantlz", 429, "Too Many Requests", "Too Many Requests", RateLimited, WAIT),
    Row("mantlz", 404, "Not Found", "Not Found", AuthPaused, f"{HOST} has no account"),
    Row("mantlz", 500, "", {"message": "Oh no"}, ServerFault, f"{FAILED}: Oh no."),
    *(
        Row("mimicbot", status, code, body, kind, said)
        for status, code, kind, said in MIMICBOT
        for body in (bare(code), nested(code), {"error": code})
    ),
    *(Row("postbox", status, str(code), nested(code), kind, said) for status, code, kind, said in POSTBOX),
    Row("mimicbot", 500, "", nested("INTERNAL_ERROR"), ServerFault, f"{FAILED}: It says why."),
    Row("postbox", 403, "", nested("pro_required"), Forbidden, f"{NOT_ALLOWED} (pro_required): It says why."),
    Row("postbox", 422, "", {"errors": {"name": ["is taken"]}}, Refused, f"{REFUSED}: is taken."),
    Row("postbox", 504, "", "", OutcomeUnknown, f"{HOST} gave up waiting (status 504)"),
    Row("postbox", 401, "Unauthorized", "Unauthorized", AuthPaused, f"{NO_KEY}."),
    Row("postbox", 404, "Form not found", {"errors": "Form not found"}, NotFound, NOTHING),
]


async def refusal(row):
    def answer(request):
        if isinstance(row.body, str):
            kind = "text/html" if row.body.startswith("<") else TEXT
            return httpx.Response(row.status, text=row.body, headers={"content-type": kind})
        return httpx.Response(row.status, json=row.body)

    remote = providers.open_remote(
        SourceConfig(name="src", provider=row.provider, base_url=f"https://{HOST}"),
        Secret(KEY),
        clock=lambda: 1_780_000_000.0,
        transport=httpx.MockTransport(answer),
    )
    try:
        with pytest.raises(RemoteError) as caught:
            await remote.identity()
    finally:
        await remote.aclose()
    return caught.value


def name_of(row):
    return f"{row.provider}-{row.status}-{row.code}-{json.dumps(row.body)[:24]}"


@pytest.mark.parametrize("row", ROWS, ids=name_of)
async def test_every_refusal_of_every_contract_is_one_sentence_of_the_right_kind(row):
    error = await refusal(row)
    said = str(error)
    assert type(error) is row.kind
    assert said.startswith(row.sentence)
    assert "\n" not in said
    assert "<" not in said
    assert said.endswith(".")
    assert KEY not in said


def tables(provider):
    """The rows of the tables with a status in them: the status, and the codes and texts beside it."""
    for line in (DOCS / f"{provider}.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(r"[1-5]\d\d(, .*)?|5xx", cells[0]):
            yield cells[0][:3], " ".join(cells[1:])


@pytest.mark.parametrize("provider", ["awardee", "mantlz", "mimicbot", "postbox"])
def test_no_row_of_a_contract_is_left_out(provider):
    played = [row for row in ROWS if row.provider == provider]
    listed = list(tables(provider))
    assert len(listed) >= 6
    for status, text in listed:
        matching = [
            row for row in played if str(row.status)[: 1 if status == "5xx" else 3] == status.rstrip("x")
        ]
        assert matching, f"{provider} {status}"
        known = " ".join(f"{row.code} {json.dumps(row.body)}" for row in matching)
        codes = re.findall(r"`([A-Za-z_]+)`", text) if provider != "mantlz" else []
        for code in codes:
            assert code in known or code in ("Bearer", "limit", "processing"), f"{provider} {status} {code}"


def test_the_page_on_security_names_the_bounds_that_are_kept():
    page = (DOCS.parent / "security.md").read_text(encoding="utf-8")
    assert f"{MAX_BYTES // 2**20} MiB of a body" in page
    assert f"{DEADLINE_SECONDS:.0f} seconds for a whole request" in page
    assert f"{MAX_DEPTH} levels, {MAX_KEYS:,} keys in an object, {MAX_STRING // 2**10} KiB of text" in page
