"""The accounts of the invented Mantlz customers, their keys and their forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from inbox_tui.demo.forms import Block
from inbox_tui.demo.keys import derive
from inbox_tui.demo.plain import PlainForm

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ACCOUNTS", "FORMS", "Account", "credentials", "form_id", "schema_fields"]

_EMAIL = ("email", Block("email", "E-mail", "email"))
_NAME = ("name", Block("text", "Your name", "name"))

FORMS: tuple[PlainForm, ...] = (
    PlainForm(
        "contact",
        "Contact",
        "contact",
        "Questions from the web site",
        30,
        (
            _NAME,
            _EMAIL,
            ("phone", Block("phone", "Phone", "phone", optional=True)),
            ("message", Block("textarea", "Message", "message")),
        ),
    ),
    PlainForm(
        "waitlist",
        "Early access 🚀",
        "waitlist",
        None,
        24,
        (
            _EMAIL,
            ("name", Block("text", "First name", "name", optional=True)),
            (
                "referralSource",
                Block("select", "How did you find us?", "choice", ("Friend", "Search", "広告")),
            ),
        ),
    ),
    PlainForm(
        "feedback",
        "Produkt-Feedback",
        "feedback",
        None,
        18,
        (
            ("rating", Block("number", "Wie gefällt es Ihnen? (1-5)", "rating")),
            ("feedback", Block("textarea", "Was sollen wir ändern?", "message", optional=True)),
            ("email", Block("email", "E-Mail", "email", optional=True)),
        ),
    ),
    PlainForm(
        "application",
        "Job application",
        "application",
        "Open positions",
        9,
        (
            _NAME,
            _EMAIL,
            ("phone", Block("phone", "Phone", "phone")),
            ("resume", Block("file", "CV", "document")),
            ("salary", Block("number", "Salary expectation", "salary", optional=True)),
            ("startDate", Block("date", "Earliest start", "date")),
            ("coverLetter", Block("textarea", "Cover letter", "long", optional=True)),
        ),
    ),
    PlainForm(
        "rsvp",
        "Sommerfest / fête d'été",
        "rsvp",
        None,
        10,
        (
            _NAME,
            ("guests", Block("number", "Guests", "guests")),
            ("food", Block("checkbox", "Food", "several", ("Vegan", "Halal", "Kosher", "Anything"))),
            ("photos", Block("checkbox", "You may take photos", "switch")),
        ),
    ),
    PlainForm(
        "survey",
        "Retailer survey",
        "survey_v2",
        "A kind of form that no page mentions",
        9,
        (
            ("company", Block("text", "Company", "firm")),
            ("score", Block("scale", "Score", "score")),
            ("topics", Block("checkbox", "Topics", "several", ("Price", "Delivery", "Support"))),
            ("website", Block("url", "Web site", "website", optional=True)),
            ("comment", Block("textarea", "Comment", "message", optional=True)),
        ),
    ),
    PlainForm("unused", "Not published yet", "custom", None, 0, (_EMAIL,)),
)


@dataclass(frozen=True)
class Account:
    """One customer."""

    slug: str
    plan: str
    divisor: int
    """It has this part of the submissions that were asked for."""


ACCOUNTS: tuple[Account, ...] = (
    Account("pro", "PRO", 1),
    Account("standard", "STANDARD", 6),
    Account("free", "FREE", 6),
)
"""The first is the one the demo opens."""


def credentials(seed: int) -> Mapping[str, str]:
    """Return every key by name: one for each plan, one inactive, one whose user is gone."""
    names = {"": "pro", "standard": "standard", "free": "free", "inactive": "inactive", "orphan": "orphan"}
    return {
        f"mantlz.{name}".rstrip("."): derive(seed, f"mantlz {about}", "mk_") for name, about in names.items()
    }


def form_id(seed: int, account: str, slug: str) -> str:
    """Return the id of a form."""
    return derive(seed, f"mantlz form {account} {slug}", "c")[:25]


def schema_fields(form: PlainForm) -> list[dict[str, object]]:
    """Return the field definitions as `GET /forms/{id}` shows them (docs/contracts/mantlz.md section 3.3)."""
    fields = []
    for name, block in form.fields:
        field: dict[str, object] = {
            "id": name,
            "name": name,
            "label": block.label,
            "type": block.kind,
            "required": not block.optional,
            "placeholder": None,
        }
        if block.options:
            field["options"] = list(block.options)
        fields.append(field)
    return fields
