"""The one-cell signs that stand for triage values and states, in a Unicode and a plain set."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["PLAIN", "UNICODE", "Role", "Sign", "SignSet", "SignSetting", "choose_signs"]

Role: TypeAlias = Literal["accent", "text", "info", "muted", "warning", "error"]
"""What a colour is for; a theme says which colour that is (`$role-accent` and so on)."""
SignSetting: TypeAlias = Literal["auto", "plain", "unicode"]


@dataclass(frozen=True, slots=True)
class Sign:
    """One character, one terminal cell wide, and the role of its colour."""

    text: str
    role: Role


BLANK: Final = Sign(" ", "muted")


@dataclass(frozen=True, eq=False)
class SignSet:
    """Every sign of one kind. There is one object a set, so sets compare by identity."""

    name: Literal["unicode", "plain"]
    statuses: Mapping[str, Sign]
    priorities: Mapping[str, Sign]
    states: Mapping[str, Sign]
    """By sync state; `clean` and unknown states have none."""
    flagged: Sign
    local: Sign
    """Triage that no provider stores."""
    cleaned: Sign
    """Foreign text was changed to be displayable."""
    translated: Sign
    """Stands before a translation that follows its original."""
    cursor: Sign
    unknown: Sign
    """A status or priority this program does not know."""
    ellipsis: str
    """What ends a text that was cut."""

    def status(self, value: str) -> Sign:
        """The sign of a status; unknown values have one of their own."""
        return self.statuses.get(value, self.unknown)

    def priority(self, value: str) -> Sign:
        """The sign of a priority; unknown values have one of their own."""
        return self.priorities.get(value, self.unknown)

    def flag(self, flagged: bool) -> Sign:
        """The sign of a flagged submission, blank for others."""
        return self.flagged if flagged else BLANK

    def sync(self, state: str, *, local: bool = False) -> Sign:
        """The sign of the worst unsettled edit; `local` says that the source's triage is local."""
        return self.states.get(state, self.local if local else BLANK)


def _states(queued: str, rejected: str, conflict: str, local: str) -> Mapping[str, Sign]:
    waiting, failed = Sign(queued, "info"), Sign(rejected, "error")
    return {
        "queued": waiting,
        "sending": waiting,
        "verifying": waiting,
        "rejected": failed,
        "orphaned": failed,
        "conflict": Sign(conflict, "error"),
        "local": Sign(local, "muted"),
    }


def _statuses(signs: str) -> Mapping[str, Sign]:
    new, read, in_progress, resolved, spam = tuple(signs)
    return {
        "new": Sign(new, "accent"),
        "read": Sign(read, "text"),
        "in_progress": Sign(in_progress, "info"),
        "resolved": Sign(resolved, "muted"),
        "spam": Sign(spam, "muted"),
    }


def _priorities(signs: str) -> Mapping[str, Sign]:
    high, medium, low, none = tuple(signs)
    return {
        "high": Sign(high, "error"),
        "medium": Sign(medium, "warning"),
        "low": Sign(low, "muted"),
        "none": Sign(none, "muted"),
    }


UNICODE: Final = SignSet(
    name="unicode",
    statuses=_statuses("●○◐✓⊘"),
    priorities=_priorities("‼!· "),
    states=_states("↑", "✗", "≠", "⌂"),
    flagged=Sign("⚑", "warning"),
    local=Sign("⌂", "muted"),
    cleaned=Sign("␛", "warning"),
    translated=Sign("→", "info"),
    cursor=Sign("›", "accent"),
    unknown=Sign("?", "text"),
    ellipsis="…",
)
"""For terminals that show UTF-8."""

PLAIN: Final = SignSet(
    name="plain",
    statuses=_statuses("NRPDX"),
    priorities=_priorities("HML-"),
    states=_states("^", "x", "#", "~"),
    flagged=Sign("F", "warning"),
    local=Sign("~", "muted"),
    cleaned=Sign("?", "warning"),
    translated=Sign(">", "info"),
    cursor=Sign(">", "accent"),
    unknown=Sign("?", "text"),
    ellipsis="~",
)
"""ASCII only."""


def choose_signs(setting: SignSetting, encoding: str) -> SignSet:
    """The set that a setting means on a terminal of this encoding, as `locale` or a stream names it."""
    if setting == "auto":
        try:
            encoding = codecs.lookup(encoding).name
        except LookupError:
            return PLAIN
        return UNICODE if encoding.startswith("utf") else PLAIN
    return UNICODE if setting == "unicode" else PLAIN
