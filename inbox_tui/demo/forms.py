"""The forms that the invented organisation publishes; every form block type occurs."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FORMS", "Block", "Form"]


@dataclass(frozen=True)
class Block:
    """One question of a form."""

    kind: str
    """Block type without its `form_` prefix, e.g. `text`."""
    label: str
    role: str
    """What is asked, which decides how the answer is made: `name`, `email`, `choice`, ..."""
    options: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class Form:
    """One page with a form."""

    slug: str
    title: str
    status: str
    weight: int
    """How many submissions it gets, relative to the other forms."""
    blocks: tuple[Block, ...]
    deleted: bool = False
    """Whether the page is gone, so that its submissions have lost their page id."""


_NAME = Block("text", "Your name", "name")
_EMAIL = Block("email", "E-mail", "email")
_PHONE = Block("phone", "Phone", "phone", optional=True)
_MESSAGE = Block("textarea", "Message", "message")

FORMS: tuple[Form, ...] = (
    Form(
        "request-a-demo",
        "Request a demo",
        "active",
        26,
        (
            _NAME,
            Block("email", "Work e-mail", "email"),
            Block("text", "Company", "firm", optional=True),
            Block("select", "Team size", "choice", ("1-9", "10-49", "50-249", "250+")),
            Block(
                "checkbox",
                "What are you interested in?",
                "several",
                ("Forms", "Chatbot", "QR codes", "Knowledge base", "Integrations"),
                optional=True,
            ),
            Block("date", "Preferred date", "date", optional=True),
            Block("textarea", "Anything we should know?", "message", optional=True),
            Block("switch", "Send me product news", "switch"),
            Block("hidden", "campaign", "campaign"),
        ),
    ),
    Form(
        "contact",
        "Contact us",
        "active",
        24,
        (
            _NAME,
            _EMAIL,
            _PHONE,
            Block("radio", "How should we answer?", "choice", ("E-mail", "Phone", "Either")),
            _MESSAGE,
        ),
    ),
    Form(
        "partners",
        "Partner programme",
        "active",
        9,
        (
            Block("text", "Contact person", "name"),
            _EMAIL,
            Block("text", "Agency", "firm"),
            Block("number", "Clients you look after", "count"),
            Block(
                "select",
                "Region",
                "choice",
                ("DACH", "UK & Ireland", "Iberia", "日本", "APAC", "Americas"),
                optional=True,
            ),
            Block("textarea", "How would you work with us?", "long"),
            Block("text", "Website", "website", optional=True),
        ),
    ),
    Form(
        "support",
        "Support request",
        "active",
        18,
        (
            _EMAIL,
            Block("select", "Product", "choice", ("Pages", "Chatbot", "Scanner", "Billing")),
            Block("rating", "How urgent is it?", "rating"),
            Block("textarea", "What happened?", "message"),
            Block("media", "Screenshots", "pictures", optional=True),
            Block("switch", "Production is down", "switch"),
            Block("hidden", "browser", "browser"),
        ),
    ),
    Form(
        "winter-meetup",
        "Sign up: winter meet-up ❄️",
        "inactive",
        10,
        (
            _NAME,
            _EMAIL,
            Block("number", "Guests you bring", "guests", optional=True),
            Block(
                "checkbox",
                "Sessions",
                "several",
                ("Keynote", "Workshop A: forms that convert", "Workshop B: chat", "Dinner"),
            ),
            Block(
                "radio",
                "Food",
                "choice",
                ("Anything", "Vegetarian", "Vegan", "Halal", "Kosher"),
                optional=True,
            ),
            Block("switch", "You may take photos of me", "switch"),
            Block("submit", "Sign up", "submit"),
        ),
    ),
    Form(
        "bewerbung",
        "Bewerbung",
        "active",
        7,
        (
            Block("text", "Vor- und Nachname", "name"),
            Block("email", "E-Mail-Adresse", "email"),
            Block("phone", "Telefon", "phone"),
            Block("media", "Lebenslauf", "document"),
            Block("number", "Gehaltsvorstellung (€ brutto im Jahr)", "salary", optional=True),
            Block("date", "Frühester Eintritt", "date"),
            Block("checkbox", "Sprachen", "several", ("Deutsch", "Englisch", "Türkçe", "Français", "Polski")),
            Block("textarea", "Anschreiben", "long", optional=True),
        ),
    ),
    Form(
        "feedback",
        "Product feedback",
        "draft",
        4,
        (
            Block("rating", "How do you like it?", "score"),
            Block("radio", "Would you recommend us?", "choice", ("Yes", "Maybe", "No"), optional=True),
            Block("textarea", "What should we change?", "message", optional=True),
            Block("email", "E-mail (if you want an answer)", "email", optional=True),
        ),
    ),
    Form(
        "angebot",
        "Wholesale quote / Großhandel",
        "archived",
        5,
        (
            Block("text", "Company / Firma", "firm"),
            Block("text", "Contact / Ansprechpartner", "name"),
            Block("email", "E-mail", "email"),
            Block("number", "Quantity / Stückzahl", "quantity"),
            Block("number", "Target price (€)", "price", optional=True),
            Block("signature", "Signature", "signature"),
            Block("text", "Delivery town", "city", optional=True),
        ),
    ),
    Form(
        "old-newsletter",
        "Newsletter (2024)",
        "archived",
        4,
        (
            Block("email", "E-mail", "email"),
            Block("text", "First name", "name", optional=True),
            Block("switch", "I agree", "switch"),
        ),
        deleted=True,
    ),
)
"""Nine forms: seven kept pages for daily business, one archived, one deleted."""
