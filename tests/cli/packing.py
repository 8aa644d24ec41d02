"""Packs for the tests of `import`, with submissions of two providers in them."""

import json

from inbox_tui.packs import PackSource, end_line, header_line, row_line

MADE = 1_780_000_000
LATER = 1_790_000_000
ACME = PackSource("acme", "awardee", "org-1", "Acme")


def raw(number, **changes):
    told = {
        "id": f"0000{number:04d}-aaaa",
        "submission_number": number,
        "status": "new",
        "priority": "none",
        "flagged": False,
        "created_at": f"2026-05-{1 + number % 28:02d}T10:00:00Z",
        "data": {"b1": {"type": "form_text", "label": "Name", "value": f"Ann {number}", "order": 1}},
    }
    return json.dumps({**told, **changes}, separators=(",", ":"))


def posted(number):
    """A submission of a provider that stores no triage."""
    item = {
        "id": f"sub-{number:04d}",
        "created_at": "2026-05-01T10:00:00Z",
        "data": {"name": f"Ann {number}"},
    }
    return json.dumps({"item": item, "form": {"id": "f1", "name": "Contact"}}, separators=(",", ":"))


def pack(path, *lines, sources=(ACME,), end=None):
    rows = [line if isinstance(line, str) else row_line("acme", raw(line), MADE) for line in lines]
    count = len(rows) if end is None else end
    path.write_text("".join([header_line(sources, MADE), *rows, end_line(count)]), encoding="utf-8")
    return str(path)
