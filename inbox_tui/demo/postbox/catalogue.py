"""The invented Postbox account: its keys and its forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from inbox_tui.demo.forms import Block
from inbox_tui.demo.keys import derive, derive_uuid
from inbox_tui.demo.plain import PlainForm

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FORMS", "PostboxForm", "credentials", "form_id", "schema_fields"]

_KINDS = {"email": "email", "number": "number", "switch": "boolean", "date": "date"}
_NAME = ("name", Block("text", "name", "name"))
_EMAIL = ("email", Block("email", "email", "email"))
_MESSAGE = ("message", Block("text", "message", "message"))


@dataclass(frozen=True)
class PostboxForm:
    """A form and what the service does with its submissions."""

    plain: PlainForm
    visibility: Literal["public", "private"] = "public"
    translates: bool = False
    replies: Literal["off", "draft", "auto"] = "off"


FORMS: tuple[PostboxForm, ...] = (
    PostboxForm(
        PlainForm(
            "contact",
            "Contact",
            "",
            None,
            40,
            (
                _EMAIL,
                _NAME,
                ("phone", Block("text", "phone", "phone", optional=True)),
                _MESSAGE,
                ("website_url", Block("honeypot", "", "submit", optional=True)),
            ),
        ),
        translates=True,
        replies="draft",
    ),
    PostboxForm(
        PlainForm(
            "bestellung",
            "Bestellungen 📦",
            "",
            None,
            24,
            (
                ("firma", Block("text", "firma", "firm")),
                _EMAIL,
                ("menge", Block("number", "menge", "quantity")),
                ("preis", Block("number", "preis", "price", optional=True)),
                ("lieferung", Block("date", "lieferung", "date", optional=True)),
                ("express", Block("switch", "express", "switch")),
            ),
        ),
        visibility="private",
    ),
    PostboxForm(
        PlainForm("newsletter", "Newsletter", "", None, 14, (_EMAIL, ("city", Block("text", "", "city")))),
    ),
    PostboxForm(
        PlainForm(
            "support",
            "Support",
            "",
            None,
            22,
            (
                _EMAIL,
                ("urgency", Block("number", "urgency", "rating")),
                ("product", Block("text", "product", "choice", ("Pages", "Chat", "請求"))),
                ("visitor_id", Block("text", "visitor_id", "visitor", optional=True)),
                _MESSAGE,
            ),
        ),
        translates=True,
        replies="auto",
    ),
    PostboxForm(PlainForm("empty", "Not used yet", "", None, 0, (_EMAIL,))),
)


def credentials(seed: int) -> Mapping[str, str]:
    """Return every key by name; that of the second account has no forms."""
    return {name: derive(seed, name, "") for name in ("postbox", "postbox.revoked", "postbox.second")}


def form_id(seed: int, slug: str) -> str:
    """Return the id of a form."""
    return derive_uuid(seed, f"postbox form {slug}")


def schema_fields(form: PlainForm) -> list[dict[str, object]]:
    """Return the field definitions in the words of state A."""
    return [
        {
            "name": name,
            "type": _KINDS.get(block.kind, "string"),
            "required": not block.optional,
            "honeypot": block.kind == "honeypot",
        }
        for name, block in form.fields
    ]
