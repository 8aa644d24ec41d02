"""What each system can tell and keep, in words: why something is missing, and where triage stays."""

from collections.abc import Mapping
from typing import Final

from cache.models import Detail, Submission
from cache.text import one_line
from inbox_tui.drawing.context import NAME_LIMIT
from inbox_tui.providers import container_noun, keeps_no_triage, provider_names

__all__ = [
    "container_label",
    "is_local",
    "kept_here",
    "never_told",
    "no_metadata",
    "no_timeline",
    "no_translation",
    "system_name",
]

_COUNTS: Final = frozenset({"number", "viewed", "duration", "resolved", "resolved by"})
_LINKS: Final = frozenset({"QR code", "product", "object"})
_NOT_TOLD: Final[Mapping[str, frozenset[str]]] = {
    "awardee": frozenset({"language", "completed", "visitor", "action"}),
    "mantlz": _COUNTS | _LINKS | {"language", "completed", "conversation", "visitor", "action"},
    "mimicbot": _COUNTS | _LINKS | {"language"},
    "postbox": _COUNTS | _LINKS | {"completed", "conversation", "action"},
}
"""The facts a system has no member for: section 2.1 of docs/contracts/awardee.md, section 3 of the others.

A system that is not named here may tell everything.
"""
_NO_METADATA: Final = {
    "mantlz": "Mantlz tells browser and country on paid plans only, and not of every submission",
    "mimicbot": "Mimicbot says nothing of the delivery before there was one",
    "postbox": "only the newest kind of Postbox server sends any",
}
_UNSTARTED: Final = ("pending", "processing")


def system_name(provider: str) -> str:
    """A provider's name as it stands in a sentence."""
    name = one_line(provider, NAME_LIMIT)
    return f"{name[:1].upper()}{name[1:]}" or "the provider"


def container_label(provider: str) -> str:
    """What a system calls that on which submissions hang: a form, a page or a bot."""
    return container_noun(provider) if provider in provider_names() else "form"


def is_local(detail: Detail) -> bool:
    """Says whether edits of this submission stay here because its system has no place for them."""
    provider = detail.submission.provider
    return detail.sync == "local" or (provider in provider_names() and keeps_no_triage(provider))


def kept_here(provider: str, what: str) -> str:
    """Says of something that is kept locally that it is, and why."""
    return f"{what} kept on this machine only; {system_name(provider)} has no place for it"


def never_told(provider: str) -> frozenset[str]:
    """The facts, by the label they are drawn with, that a system never tells."""
    return _NOT_TOLD.get(provider, frozenset())


def no_metadata(provider: str) -> str:
    """Why a submission came without metadata, as far as that is known."""
    reason = _NO_METADATA.get(provider)
    return f"none came with it: {reason}" if reason else "none came with it"


def no_timeline(provider: str) -> str | None:
    """Says that a system keeps no timeline; None for one that may have it."""
    if provider in _NOT_TOLD and keeps_no_triage(provider):
        return f"{system_name(provider)} keeps no timeline of a submission"
    return None


def no_translation(submission: Submission) -> str:
    """Why there is no translation (docs/contracts/postbox.md section 3)."""
    name, processing = system_name(submission.provider), submission.processing
    if "language" in never_told(submission.provider):
        return f"{name} translates nothing"
    if submission.spam is not None and submission.spam.flag:
        return f"{name} does not translate spam"
    if processing is not None and processing.status in _UNSTARTED:
        return f"{name} has not processed it yet"
    if processing is not None and processing.status in ("skipped", "failed"):
        return f"{name} did not process it to the end"
    return f"{name} sent no translation"
