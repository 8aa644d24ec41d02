"""What a query means here and now: every name looked up, every time computed, no syntax left.

The compiler turns it into SQL; a test judges rows by it one by one. Times are seconds since the epoch, both
ends of every interval are included, None leaves an end open. Texts in tags and labels are folded
(`cache.names.fold`).
"""

from typing import Literal, TypeAlias

from cache.query.record import Record

__all__ = [
    "All",
    "AnswerBetween",
    "AnswerGiven",
    "AnswerText",
    "Assigned",
    "Between",
    "Either",
    "Flagged",
    "HasNotes",
    "Holds",
    "Meaning",
    "Numbered",
    "OneOf",
    "Phrase",
    "Symbol",
    "Synced",
    "Tagged",
    "Unopened",
    "Without",
]


class All(Record):
    """Every part holds; without parts, anything."""

    parts: tuple["Meaning", ...] = ()


class Either(Record):
    """One of the parts holds; without parts, nothing."""

    parts: tuple["Meaning", ...] = ()


class Without(Record):
    """The part does not hold."""

    part: "Meaning"


class Phrase(Record):
    """Words that follow one another in a text (as `cache.segments` splits both), the last perhaps begun only.

    `place` limits where: `who` the name, or what the list shows in its place, `body` the answers, `notes` the
    internal note as the person sees it; `any` is all of these, e-mail and phone.
    """

    text: str
    prefix: bool
    place: Literal["any", "who", "body", "notes"] = "any"


class Symbol(Record):
    """Text without any letter or digit: found as it is, anywhere in name, answers or notes."""

    text: str


class Holds(Record):
    """A text that contains another, both folded; of a `phone` the digits, after a plus where there is one."""

    what: Literal["email", "phone", "id"]
    text: str
    begins: bool = False
    """An `id` that begins with the text."""


class Numbered(Record):
    """The number a provider gave lies between two, or contains `digits` where those are given."""

    low: int | None = None
    high: int | None = None
    digits: str = ""


class OneOf(Record):
    """A column has one of the values; status and priority are those the person sees."""

    column: Literal["status", "priority", "source"]
    values: frozenset[str]


class Assigned(Record):
    """The assignee the person sees is one of `people`, as (source or None for any, user id).

    `nobody`: or there is none. `anybody`: or there is one, whoever it is.
    """

    people: frozenset[tuple[str | None, str]] = frozenset()
    nobody: bool = False
    anybody: bool = False


class Flagged(Record):
    """It is flagged, as the person sees it."""


class HasNotes(Record):
    """There are notes, as the person sees them."""


class Synced(Record):
    """The worst state of its unsettled edits is one of `states`."""

    states: frozenset[str]


class Unopened(Record):
    """It was never opened here."""


class Tagged(Record):
    """The provider's fact `name` has one of `values`; any value at all where `values` is None.

    Names: `container` (value `source/id`), `lang`, `reply`, `delivery`, `result`, `processing`, `dest`,
    `resolver`, `domain`, `country`, `browser`, `visitor`, `meta.KEY`, and `has` with the values `email`,
    `phone`, `reply`, `conversation`, `url`, `utm`, `translation`; `no` with the value `name`.
    """

    name: str
    values: frozenset[str] | None


class Between(Record):
    """A number or time of the provider lies between two; where it has none, it does not.

    `created resolved viewed completed` are times, `fill` is a length in seconds, `spam` a confidence from
    0 to 1, `meta.KEY` a metadata value that is a number.
    """

    name: str
    low: float | None
    high: float | None


class AnswerText(Record):
    """The answer under a label has these words one after the other (see `Phrase`)."""

    label: str
    text: str
    prefix: bool


class AnswerBetween(Record):
    """The answer under a label is a number, or a date as its day since 0001-01-01, between two."""

    label: str
    kind: Literal["number", "date"]
    low: float | None
    high: float | None


class AnswerGiven(Record):
    """The answer under a label is not empty."""

    label: str


Meaning: TypeAlias = (
    All
    | Either
    | Without
    | Phrase
    | Symbol
    | Holds
    | Numbered
    | OneOf
    | Assigned
    | Flagged
    | HasNotes
    | Synced
    | Unopened
    | Tagged
    | Between
    | AnswerText
    | AnswerBetween
    | AnswerGiven
)
