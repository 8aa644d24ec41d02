"""Submissions of the local copy as something can be done to them."""

from collections.abc import Sequence

from cache.models import Detail, Key
from cache.store.overlay import with_edits
from cache.store.reader import Reader
from cache.text import one_line
from inbox_tui.triage import Subject
from inbox_tui.workspace import Workspace

__all__ = ["subjects_of"]


def subjects_of(
    workspace: Workspace, reader: Reader, keys: Sequence[Key], shown: Detail | None = None
) -> list[Subject]:
    """The submissions with these keys, each once; those no longer cached are left out.

    `shown` is the detail on screen: its values are what the person saw.
    """
    capabilities = {source: workspace.capabilities(reader, source) for source in {key.source for key in keys}}
    subjects = []
    for key in dict.fromkeys(keys):
        server = reader.server(key)
        if server is None:
            continue
        seen = with_edits(server, reader.unsettled().get(key, ()))
        if shown is not None and shown.submission.key == key:
            server = shown.submission.triage
        before = reader.before_status(key, seen.status)
        ref = one_line(reader.ref(key), 40)
        subjects.append(Subject(key, ref, seen, server, before, capabilities[key.source]))
    return subjects
