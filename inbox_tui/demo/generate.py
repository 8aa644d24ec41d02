"""Believable submissions, made the same way every time from a seed and a moment."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from inbox_tui.demo.forms import FORMS, Block, Form
from inbox_tui.demo.hostile import HOSTILE
from inbox_tui.demo.people import LOCALES, Locale, Name
from inbox_tui.demo.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Generator", "Visitor", "from_micros", "hostile_turn", "seeded", "to_micros"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_YEAR = 365 * 86_400
_RETURNING = 0.18
_KNOWN = 0.3
_REMEMBERED = 400
_HOSTILE_EVERY = 60
_HOSTILE_OFFSET = 17
_BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 Mobile Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36",
)
_SOURCES = ("google", "newsletter", "linkedin", "trade-fair", "qr", "partner")


def seeded(*parts: object) -> random.Random:
    """Return a generator of numbers that depends on nothing but `parts`."""
    return random.Random(":".join(str(part) for part in parts))  # noqa: S311


def to_micros(moment: datetime) -> int:
    """Return a moment as microseconds since 1970 (UTC)."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the moment that lies `micros` microseconds after 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def hostile_turn(number: int) -> int | None:
    """Return which hostile answer the submission with this number carries, or None for an honest one."""
    turn, rest = divmod(number, _HOSTILE_EVERY)
    return turn % len(HOSTILE) if rest == _HOSTILE_OFFSET else None


@dataclass(frozen=True)
class Visitor:
    """A person who fills in forms."""

    locale: Locale
    name: str
    email: str
    phone: str
    firm: str

    @property
    def browser_id(self) -> str:
        """The name that a chat widget keeps in this person's browser."""
        return "visitor_" + hashlib.sha256(self.email.encode()).hexdigest()[:12]


class Generator:
    """Makes ids, people, ages and answers from one stream of seeded numbers."""

    def __init__(self, seed: int, now: datetime, stream: str = "", known: Sequence[Visitor] = ()) -> None:
        self.seed = seed
        self.now = now
        """The moment that ages are counted back from."""
        self.rng = seeded("inbox-tui demo", seed, stream)
        self._known = tuple(known)
        self._seen: list[Visitor] = []
        self._locale_weights = [locale.weight for locale in LOCALES]
        self._form_weights = [form.weight for form in FORMS]

    def uuid(self) -> str:
        """Return a fresh version 4 UUID."""
        digits = f"{self.rng.getrandbits(120):030x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-a{digits[15:18]}-{digits[18:]}"

    def chance(self, share: float) -> bool:
        """Return True in `share` of all cases."""
        return self.rng.random() < share

    def arrivals(self, count: int) -> list[int]:
        """Return `count` moments of the last year in microseconds, oldest first and denser towards now."""
        now = to_micros(self.now)
        ages = sorted((self.rng.random() ** 3 * (_YEAR - 240) + 240 for _ in range(count)), reverse=True)
        whole_second = 1_000_000
        moments = []
        for age in ages:
            micros = now - int(age * whole_second)
            moments.append(micros - micros % whole_second if self.chance(0.5) else micros)
        return moments

    def form(self) -> int:
        """Return the index of the form that somebody fills in next."""
        return self.rng.choices(range(len(FORMS)), self._form_weights)[0]

    def visitor(self) -> Visitor:
        """Return somebody new, somebody who was here before, or somebody another system knows."""
        if self._known and self.chance(_KNOWN):
            return self.rng.choice(self._known)
        if self._seen and self.chance(_RETURNING):
            return self.rng.choice(self._seen)
        locale = self.rng.choices(LOCALES, self._locale_weights)[0]
        visitor = self._new_visitor(locale)
        if len(self._seen) < _REMEMBERED:
            self._seen.append(visitor)
        else:
            self._seen[self.rng.randrange(_REMEMBERED)] = visitor
        return visitor

    @property
    def people(self) -> tuple[Visitor, ...]:
        """Those this generator remembers, which another system may meet too."""
        return tuple(self._seen)

    def _new_visitor(self, locale: Locale) -> Visitor:
        rng = self.rng
        given: Name = rng.choice(locale.given)
        family: Name = rng.choice(locale.family)
        name = locale.full_name(given, family)
        if self.chance(0.03):
            name += rng.choice((" 🌱", " 👩‍🔬", " 🇪🇺"))
        email = f"{given[1]}.{family[1]}{rng.randrange(10, 9999)}@{rng.choice(locale.mail_hosts)}"
        digits = iter(f"{rng.randrange(10**12):012}")
        phone = "".join(next(digits) if sign == "#" else sign for sign in locale.phone)
        return Visitor(locale, name, email, phone, rng.choice(locale.firms))

    def sentences(self, code: str, least: int, most: int) -> str:
        """Return one paragraph in a language."""
        texts = TEXTS[code]
        count = min(self.rng.randint(least, most), len(texts.middles))
        return texts.space.join(self.rng.sample(texts.middles, count))

    def message(self, code: str, *, long: bool = False) -> str:
        """Return a message with opening and ending; a long one has several paragraphs."""
        texts = TEXTS[code]
        if not long and self.chance(0.25):
            return self.sentences(code, 1, 2)
        paragraphs = self.rng.randint(3, 7) if long or self.chance(0.06) else 1
        body = "\n\n".join(self.sentences(code, 1, 4) for _ in range(paragraphs))
        return f"{self.rng.choice(texts.openings)}\n{body}\n\n{self.rng.choice(texts.endings)}"

    def answers(
        self,
        form: Form,
        block_ids: Sequence[str],
        visitor: Visitor,
        arrived: datetime,
        hostile: int | None = None,
    ) -> dict[str, dict[str, Any]]:
        """Return the wire form of a filled-in form: block id to type, label, value and order."""
        order = list(range(len(form.blocks)))
        self.rng.shuffle(order)
        filled = {}
        for position in order:
            block = form.blocks[position]
            value = None
            if not (block.optional and self.chance(0.35)):
                value = self._answer(block, visitor, arrived)
            if hostile is not None and block.role in ("name", "message", "long", "city"):
                bad = HOSTILE[hostile]
                value = bad.name if block.role == "name" else bad.message
            filled[block_ids[position]] = {
                "type": f"form_{block.kind}",
                "label": block.label,
                "value": value,
                "order": position,
            }
        return filled

    def _answer(self, block: Block, visitor: Visitor, arrived: datetime) -> Any:  # noqa: ANN401
        rng = self.rng
        match block.role:
            case "name":
                return visitor.name
            case "email":
                return visitor.email
            case "phone":
                return visitor.phone
            case "firm":
                return visitor.firm
            case "city":
                return rng.choice(visitor.locale.cities)
            case "message" | "long":
                return self.message(visitor.locale.code, long=block.role == "long")
            case "choice":
                return rng.choice(block.options)
            case "several":
                return rng.sample(block.options, rng.randint(0 if block.optional else 1, len(block.options)))
            case "date":
                return (arrived.date() + timedelta(days=rng.randint(2, 90))).isoformat()
            case "switch":
                return self.chance(0.4)
            case _:
                return self._figure(block, visitor, arrived.date())

    def _figure(self, block: Block, visitor: Visitor, day: date) -> Any:  # noqa: ANN401
        rng = self.rng
        match block.role:
            case "count" | "guests":
                return rng.choice((0, 1, 1, 2, 3, 5, 12, 40))
            case "salary":
                return rng.randrange(38_000, 96_000, 500)
            case "quantity":
                return rng.choice((10, 50, 250, 1_000, 25_000, 1_000_000))
            case "price":
                return round(rng.uniform(0.4, 90), 2)
            case "rating":
                return rng.randint(1, 5)
            case "score":
                return {"score": rng.randint(1, 10), "max": 10}
            case "campaign":
                return rng.choice(("spring-2026", "brand", "retargeting_b", ""))
            case "browser":
                return rng.choice(_BROWSERS)
            case "website":
                return f"https://{visitor.email.split('@')[1]}/about"
            case "pictures":
                return [self._media("png", day) for _ in range(rng.randint(1, 3))]
            case "document":
                return self._media("pdf", day)
            case "signature":
                return {"strokes": rng.randint(1, 9), "signed_by": visitor.name, "points": [[0, 4], [12, 9]]}
            case _:
                return block.label

    def _media(self, suffix: str, day: date) -> dict[str, Any]:
        name = self.rng.choice(("scan", "screenshot", "Lebenslauf", "写真", "photo final (2)"))
        return {
            "url": f"https://files.acme.example/{self.rng.getrandbits(40):010x}.{suffix}",
            "filename": f"{name} {day.isoformat()}.{suffix}",
            "size": self.rng.randrange(9_000, 6_000_000),
            "mime_type": "image/png" if suffix == "png" else "application/pdf",
        }

    def metadata(self) -> Mapping[str, str]:
        """Return what the browser and the link told about the visit; sometimes nothing."""
        rng = self.rng
        if self.chance(0.08):
            return {}
        facts = {"user_agent": rng.choice(_BROWSERS)}
        if self.chance(0.6):
            facts["utm_source"] = rng.choice(_SOURCES)
            facts["utm_medium"] = rng.choice(("cpc", "email", "print", "social"))
        if self.chance(0.4):
            facts["utm_campaign"] = rng.choice(("spring-2026", "Black Friday", "夏キャンペーン"))
        if self.chance(0.5):
            facts["referrer"] = rng.choice(
                (
                    "https://www.search.example/",
                    "https://blog.acme.example/forms?ref=1&x=%20",
                    "android-app://chat",
                )
            )
        return facts
