"""What each system did with a submission, what it cannot do, and where triage is kept then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cache.models import (
    Attribution,
    Delivery,
    Destination,
    EditState,
    Event,
    Processing,
    Reply,
    Spam,
    Submission,
    Triage,
)
from inbox_tui.drawing import Timeline, head_lines, tab_lines
from inbox_tui.drawing.outcome import percent
from tests.unit.drawing_making import CREATED, SETTING, answers, detail, edit, head, submission, tab, texts

LOCAL = ("mantlz", "mimicbot", "postbox")
NARROW = replace(SETTING, width=40)


def fields(of: Submission) -> list[str]:
    return tab("fields", detail(of))


def looks(of: Submission, words: str) -> set[str]:
    """The looks of the pieces with these words, in the head and under it."""
    shown = detail(of)
    lines = head_lines(shown, SETTING) + tab_lines("fields", shown, Timeline(), SETTING)
    return {piece.look for line in lines for piece in line if words in piece.text}


# Delivery


def test_an_unconfirmed_delivery_is_worth_a_look_above_every_tab_and_says_how_it_went() -> None:
    of = submission(
        provider="mimicbot",
        result="success",
        delivery=Delivery(
            "optimistic", "probably sent, unconfirmed: worth a look; hidden iframe; timeout; after 5.0 s"
        ),
    )
    assert "delivery unconfirmed: worth a look" in head(detail(of))
    assert looks(of, "worth a look") == {"warning"}
    lines = fields(of)
    at = next(at for at, line in enumerate(lines) if line.startswith("Delivery "))
    assert lines[at].endswith("  probably sent, unconfirmed: worth a look")
    assert lines[at + 1].strip() == "optimistic; hidden iframe; timeout; after 5.0 s"


def test_a_failed_delivery_is_an_error_and_a_good_one_no_alert() -> None:
    failed = submission(result="failure", delivery=Delivery("failed", "not delivered: look at it"))
    assert looks(failed, "not delivered") == {"error"}
    assert looks(failed, "failure") == {"error"}
    good = submission(delivery=Delivery("delivered", "a good sign was seen; same page"))
    assert head(detail(good)) == head(detail())


def test_a_delivery_status_nobody_knows_is_shown_as_it_came() -> None:
    lines = fields(submission(delivery=Delivery("queued_by_partner", "partner; status 202")))
    at = next(at for at, line in enumerate(lines) if line.startswith("Delivery "))
    assert [line.split("  ")[-1].strip() for line in lines[at : at + 2]] == [
        "queued_by_partner",
        "partner; status 202",
    ]


def test_a_delivery_without_diagnostics_is_one_line() -> None:
    lines = fields(submission(delivery=Delivery("unknown")))
    assert [line.split() for line in lines if "unknown" in line] == [["Delivery", "unknown"]]


def test_a_result_that_is_still_open_says_so() -> None:
    assert any("pending: not finished yet" in line for line in fields(submission(result="pending")))


# Spam and processing


def test_spam_is_told_with_confidence_and_reason() -> None:
    of = submission(spam=Spam(True, 0.93, "links\nto a casino"))
    lines = fields(of)
    at = next(at for at, line in enumerate(lines) if line.startswith("Spam check"))
    assert lines[at].endswith("looks like spam, confidence 93%")
    assert lines[at + 1].strip() == "links to a casino"
    assert "looks like spam (93%)" in head(detail(of))


def test_what_is_no_spam_is_no_alert() -> None:
    of = submission(spam=Spam(False, 0.02))
    assert any(line.endswith("not spam, confidence 2%") for line in fields(of))
    assert head(detail(of)) == head(detail())


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "0%"), (0.004, "under 1%"), (0.5, "50%"), (0.995, "over 99%"), (1, "100%"), (2, "?")],
)
def test_confidence_is_not_rounded_to_certainty(share: float, words: str) -> None:
    assert percent(share) == words


def test_a_confidence_that_is_no_number_is_not_guessed() -> None:
    assert percent(float("nan")) == "?"


@pytest.mark.parametrize(
    ("status", "reason", "alert", "words"),
    [
        ("pending", None, "not processed yet", ["not processed yet"]),
        ("processing", None, "being processed", ["being processed"]),
        ("failed", "service_error", "processing failed", ["processing failed", "an error at the provider"]),
        (
            "skipped",
            "ai_credits_exhausted",
            "not processed",
            ["not processed", "the account has no AI credits left"],
        ),
        ("completed", None, None, ["processed"]),
        ("melted", "odd_reason", None, ["melted", "odd_reason"]),
    ],
)
def test_processing_is_told_with_its_reason(
    status: str, reason: str | None, alert: str | None, words: list[str]
) -> None:
    of = submission(processing=Processing(status, reason))
    lines = fields(of)
    at = next(at for at, line in enumerate(lines) if line.startswith("Processing "))
    assert [line.split("  ")[-1].strip() for line in lines[at : at + len(words)]] == words
    assert (alert in head(detail(of)).split("\n")) if alert else head(detail(of)) == head(detail())


# Reply


def test_a_drafted_reply_is_shown_whole_with_its_subject_and_cannot_be_sent_from_here() -> None:
    reply = Reply("awaiting_review", "Hello Mara,\n\nyes, we can.", "Re: 40 seats")
    of = submission(provider="postbox", reply=reply)
    lines = fields(of)
    at = next(at for at, line in enumerate(lines) if line.startswith("Reply "))
    assert lines[at].endswith("  a draft waits for somebody to review it")
    assert lines[at + 1].split() == ["Subject", "Re:", "40", "seats"]
    assert lines[at + 2 : at + 6] == [
        "  Hello Mara,",
        "",
        "  yes, we can.",
        "Postbox has no way to send it from here; y r copies it",
    ]
    assert "a reply waits for review" in head(detail(of))


def test_a_reply_that_went_out_says_when_and_is_no_alert() -> None:
    of = submission(reply=Reply("sent", "Hello", replied_at=CREATED))
    lines = fields(of)
    assert any(line.endswith("  sent, 22 May 09:14") for line in lines)
    assert "y r copies it" in lines
    assert head(detail(of)) == head(detail())


@pytest.mark.parametrize(
    ("status", "words", "look"),
    [
        ("failed", "could not be sent", "error"),
        ("delivery_failed", "could not be delivered", "error"),
        ("needs_human_reply", "somebody has to answer", "warning"),
        ("exhausted", "not tried: no credits are left", "warning"),
        ("pending", "none yet, or replies are off", "muted"),
        ("under_the_moon", "under_the_moon", "text"),
    ],
)
def test_a_reply_without_text_is_told_with_its_reason(status: str, words: str, look: str) -> None:
    of = submission(reply=Reply(status, reason="mailbox is full"))
    lines = fields(of)
    at = next(at for at, line in enumerate(lines) if line.startswith("Reply "))
    assert lines[at].endswith(f"  {words}")
    assert lines[at + 1].strip() == "mailbox is full"
    assert looks(of, words) == {look}
    assert not any("y r" in line for line in lines)


# Where it came from and where it went


def test_browser_and_country_stand_with_the_answers() -> None:
    of = submission(provider="mantlz", metadata={"browser": "Chrome", "country": "PL", "timestamp": "x"})
    pairs = [line.split() for line in fields(of)]
    assert ["Browser", "Chrome"] in pairs
    assert ["Country", "PL"] in pairs


def test_browser_and_country_of_another_shape_are_left_to_the_metadata() -> None:
    of = submission(provider="mantlz", metadata={"browser": {"name": 1}, "country": None})
    assert not any(line.startswith(("Browser", "Country")) for line in fields(of))
    assert any(line.startswith("browser") for line in tab("metadata", detail(of)))


def test_every_id_that_led_the_visitor_here_is_shown_whole() -> None:
    ids = [f"{name}-0123456789-0123456789-0123456789" for name in "qpocva"]
    joined = "".join(
        line[14:].strip() for line in tab("fields", detail(submission(attribution=Attribution(*ids))), NARROW)
    )
    assert all(identifier in joined for identifier in ids)


def test_no_label_of_ours_is_broken_at_forty_cells() -> None:
    of = submission(attribution=Attribution(conversation_id="c1"), language="ja")
    assert any(line.split() == ["Conversation", "c1"] for line in tab("fields", detail(of), NARROW))


def test_only_awardee_has_a_thank_you_screen() -> None:
    assert fields(submission())[-1].endswith("thank-you screen")
    for provider in LOCAL:
        assert not any("Sent on to" in line for line in fields(submission(provider=provider)))
    other = submission(provider="fifth", destination=Destination("url", {"url": "https://x.example"}))
    assert fields(other)[-1].endswith("web address: https://x.example")


# What a system cannot do


@pytest.mark.parametrize("provider", LOCAL)
def test_local_triage_is_said_above_every_tab_also_while_an_edit_is_under_way(provider: str) -> None:
    sentence = f"triage is kept on this machine only; {provider.capitalize()} has no place for it"
    of = submission(provider=provider)
    assert sentence in head(detail(of))
    waiting = detail(of, sync="queued", pending=(edit("status", "read", EditState.QUEUED),))
    assert sentence in head(waiting)
    assert "status: read ↑ is being kept on this machine" in head(waiting)
    narrow = texts(head_lines(detail(of), NARROW))
    assert sentence in " ".join(line.strip() for line in narrow)


def test_a_system_that_stores_triage_says_nothing_of_this_machine() -> None:
    assert "this machine" not in head(detail())
    assert not any("this machine" in line for line in tab("notes", detail()))


@pytest.mark.parametrize("notes", [None, "called back"])
def test_a_local_note_says_so_where_it_is_written(notes: str | None) -> None:
    lines = tab("notes", detail(submission(provider="mantlz"), seen=Triage(notes=notes)))
    assert lines[-1] == "a note is kept on this machine only; Mantlz has no place for it"


@pytest.mark.parametrize("state", ["unread", "waiting", "read"])
@pytest.mark.parametrize("provider", LOCAL)
def test_a_system_without_a_timeline_is_not_waited_for(provider: str, state: str) -> None:
    lines = tab("timeline", detail(submission(provider=provider)), timeline=Timeline((), state))  # type: ignore[arg-type]
    assert lines == [f"{provider.capitalize()} keeps no timeline of a submission"]


def test_events_that_are_there_are_drawn_whoever_sent_them() -> None:
    shown = detail(submission(provider="mantlz"))
    lines = tab("timeline", shown, timeline=Timeline((Event("1", "created", CREATED),), "read"))
    assert lines[0].endswith("created")


def test_what_a_system_never_tells_is_told_apart_from_what_is_not_known() -> None:
    lines = tab("metadata", detail(submission(provider="mimicbot")))
    assert "Mimicbot does not tell: QR code, product, object" in lines
    assert "not known: conversation, visitor, action" in lines
    fifth = tab("metadata", detail(submission(provider="fifth")))
    assert not any("does not tell" in line for line in fifth)


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ("mantlz", "none came with it: Mantlz tells browser and country on paid plans only"),
        ("mimicbot", "none came with it: Mimicbot says nothing of the delivery"),
        ("postbox", "none came with it: only the newest kind of Postbox server"),
        ("fifth", "none came with it"),
    ],
)
def test_missing_metadata_comes_with_its_reason(provider: str, words: str) -> None:
    assert tab("metadata", detail(submission(provider=provider)))[-1].startswith(words)


def test_the_name_of_a_system_that_is_not_known_is_drawn_cleaned() -> None:
    of = detail(submission(provider="ev\x1b[2Jil", fields=answers(("a", "b"))), sync="local")
    assert "\x1b" not in head(of)
