"""Submissions to draw, and what is drawn of them as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cache.models import (
    Detail,
    EditState,
    Field,
    Key,
    PendingEdit,
    Submission,
)
from inbox_tui.drawing import Line, Setting, Tab, Timeline, head_lines, tab_lines

__all__ = [
    "CREATED",
    "KEY",
    "NOW",
    "SETTING",
    "answers",
    "detail",
    "edit",
    "head",
    "submission",
    "tab",
    "texts",
]

CREATED = datetime(2026, 5, 22, 9, 14, tzinfo=UTC)
NOW = CREATED.timestamp() + 7200
SETTING = Setting(width=100, now=NOW)
KEY = Key("acme", "a1b2c3d4e5")


def submission(**changes: Any) -> Submission:
    base = Submission(
        source="acme",
        provider="awardee",
        id=KEY.id,
        created_at=CREATED,
        number=421,
        container_name="Demo request",
    )
    return base._replace(**changes)


def detail(of: Submission | None = None, **changes: Any) -> Detail:
    of = of or submission()
    base = Detail(
        rowid=1,
        submission=of,
        seen=of.triage,
        pending=(),
        sync="clean",
        seen_at=int(NOW) - 4,
        raw="{}",
        cleaned=False,
    )
    return replace(base, **changes)


def edit(field: Any, want: Any, state: EditState, **changes: Any) -> PendingEdit:
    return replace(PendingEdit(KEY, field, None, want, state, clock=1, edited_at=int(NOW)), **changes)


def answers(*pairs: tuple[str, Any]) -> tuple[Field, ...]:
    return tuple(Field(f"b{at}", "form_text", label, value, at) for at, (label, value) in enumerate(pairs))


def texts(lines: Sequence[Line]) -> list[str]:
    return ["".join(piece.text for piece in line).rstrip() for line in lines]


def tab(name: Tab, of: Detail, setting: Setting = SETTING, timeline: Timeline | None = None) -> list[str]:
    return texts(tab_lines(name, of, timeline or Timeline(), setting))


def head(of: Detail, setting: Setting = SETTING) -> str:
    return "\n".join(texts(head_lines(of, setting)))
