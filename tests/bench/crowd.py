"""Very many believable submissions, quickly: provider JSON of two systems, the same for the same seed.

The forms, names and sentences of the reference server are few, so that a text compresses and a word finds
better than in life. Here words are drawn from a vocabulary of thirty thousand, the commonest ones often and
most of them rarely, as in a language.
"""

from __future__ import annotations

import itertools
import json
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias

from inbox_tui.demo.forms import FORMS, Block, Form
from inbox_tui.demo.people import LOCALES, Locale
from inbox_tui.demo.texts import TEAM_NOTES, TEXTS

__all__ = ["SOURCES", "USERS", "Told", "crowd"]

NOW: Final = 1_779_444_840
"""22 May 2026, 10:14 UTC: nothing is younger."""
SOURCES: Final = {"acme": "awardee", "branch": "awardee", "shop": "mantlz"}
"""The sources and their providers; the first has seven in ten of the submissions, the last one in ten."""
USERS: Final = tuple(f"{number:08x}-5c8d-4126-a5b3-c07b9816c6a9" for number in range(1, 13))
"""The ids of the team."""
YEARS: Final = 3 * 365 * 86_400
_WORDS: Final = 30_000
_SENTENCES: Final = 24_000
_FOREIGN: Final = 0.02
_SYLLABLES: Final = (
    "ba be bo ca ce co da de di do fa fe fi ga ge go ha he hi ho ja jo ka ke ki la le li lo ma me mi mo na ne"
    " ni no pa pe pi po ra re ri ro sa se si so ta te ti to va ve vi wa we za ter ton ment ing est ard ell or"
)
_CHANNELS: Final = ("google", "newsletter", "linkedin", "trade-fair", "qr", "partner")
_SYSTEMS: Final = ("X11; Linux x86_64", "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7")
_COUNTRIES: Final = ("DE", "AT", "CH", "FR", "GB", "US", "JP", "PL", "ES", "PT", "TH", "KR")
_COMMON: Final = ("request", "demo", "price", "please", "team", "call", "order", "invoice", "form", "phone")


_Person: TypeAlias = tuple[str, str, str, Locale]
"""Name, address, phone number and language."""


class Told(NamedTuple):
    """A submission as a source tells of it."""

    source: str
    text: str
    """Its JSON."""


def crowd(rows: int, seed: int = 1) -> Iterator[Told]:
    """So many submissions, the oldest first."""
    maker = _Maker(random.Random(f"crowd {seed}"))
    for number in range(1, rows + 1):
        age = ((rows - number + 0.5) / rows) ** 2 * YEARS
        yield maker.make(number, NOW - 60 - int(age), age / YEARS)


class _Maker:
    def __init__(self, rng: random.Random) -> None:
        self._random = rng.random
        self._bits = rng.getrandbits
        self._write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        words = _vocabulary(rng)
        self._names = [word.capitalize() for word in words[200:6_000] if len(word) > 3]
        self._sentences = list(_sentences(rng, words))
        self._scripts = {
            code: list(_rearranged(rng, TEXTS[code].middles, TEXTS[code].space, 400))
            for code in ("ja", "zh", "ko", "th")
        }
        self._west = [locale for locale in LOCALES if locale.code in ("en", "de", "fr", "es", "pt", "pl")]
        self._east = [locale for locale in LOCALES if locale.code in self._scripts]
        self._agents = [
            f"Mozilla/5.0 ({system}) Gecko/20100101 Firefox/{major}.0"
            for system in _SYSTEMS
            for major in range(120, 142)
        ]
        self._form_weights = list(itertools.accumulate(form.weight for form in FORMS))
        self._blocks = [[f"blk_{self._bits(30):06x}" for _ in form.blocks] for form in FORMS]
        self._pages = [None if form.deleted else self._uuid() for form in FORMS]
        self._known: list[_Person] = []
        self._shop = [_shop_form(self._uuid(), form) for form in FORMS[:4]]

    def make(self, number: int, created: int, age: float) -> Told:
        """One submission; `age` is 0 for the newest and 1 for the oldest."""
        pick = self._random()
        form = bisect(self._form_weights, self._random() * self._form_weights[-1])
        person = self._person()
        if pick < 0.1:
            return Told("shop", self._write(self._shop_item(form % 4, person, created)))
        item = self._item(number, form, person, created, age)
        return Told("acme" if pick < 0.8 else "branch", self._write(item))

    def _item(self, number: int, form: int, person: _Person, created: int, age: float) -> dict[str, Any]:
        chance = self._random
        asked = FORMS[form].blocks
        data = {
            name: {
                "type": f"form_{block.kind}",
                "label": block.label,
                "value": None if block.optional and chance() < 0.35 else self._answer(block, person, created),
                "order": order,
            }
            for order, (block, name) in enumerate(zip(asked, self._blocks[form], strict=True))
        }
        is_open = chance() < (0.9 if age < 0.02 else 0.3 if age < 0.3 else 0.1)
        status = self._one(
            ("new", "new", "read", "in_progress") if is_open else ("resolved",) * 5 + ("spam",)
        )
        touched = status not in ("new", "spam")
        resolved = status == "resolved"
        lasted = int(chance() * 900) + 8
        user = self._one(USERS)
        at = created + int(chance() * 200_000)
        return {
            "object": "submission",
            "id": self._uuid(),
            "page_id": self._pages[form],
            "submission_number": number,
            "status": status,
            "priority": self._one(("low", "medium", "medium", "high")) if chance() < 0.3 else "none",
            "flagged": chance() < 0.04,
            "assignee_id": user if touched and chance() < 0.5 else None,
            "resolved_by": user if resolved else None,
            "resolved_at": _time(at) if resolved else None,
            "notes": self._one(TEAM_NOTES) if touched and chance() < 0.2 else None,
            "viewed_at": _time(created - lasted) if chance() < 0.9 else None,
            "duration_seconds": lasted,
            "conversation_id": self._uuid() if chance() < 0.1 else None,
            "created_at": _time(created),
            "data": data,
            "metadata": self._metadata(person[1]),
            "destination": {"type": "url", "value": {"url": "https://acme.example/thanks?ref=form"}}
            if chance() < 0.05
            else None,
            "qr_code_id": None,
            "product_id": None,
            "object_id": None,
        }

    def _shop_item(self, form: int, person: _Person, created: int) -> dict[str, dict[str, Any]]:
        known = self._shop[form]
        data = {
            field["name"]: self._answer(block, person, created)
            for field, block in zip(known["fields"], FORMS[form].blocks, strict=True)
        }
        data["_meta"] = {
            "browser": self._one(("Chrome", "Firefox", "Safari")),
            "country": self._one(_COUNTRIES),
        }
        item = {"id": self._uuid(), "createdAt": _time(created), "email": person[1], "data": data}
        return {"item": item, "form": known}

    def _person(self) -> _Person:
        """Name, address, number and language; one in five was here before."""
        chance = self._random
        if len(self._known) == 5_000 and chance() < 0.2:
            return self._known[int(chance() * 5_000)]
        if chance() < _FOREIGN:
            locale = self._one(self._east)
            given, family = self._one(locale.given), self._one(locale.family)
            name, mail = locale.full_name(given, family), f"{given[1]}.{family[1]}"
        else:
            locale = self._one(self._west)
            given, last = self._one(locale.given), self._one(self._names)
            name, mail = f"{given[0]} {last}", f"{given[1]}.{last.lower()}"
        digits = f"{self._bits(37):012}"
        address = f"{mail}{digits[-3:]}@{self._one(locale.mail_hosts)}"
        person = name, address, f"+{digits[:2]} {digits[2:5]} {digits[5:]}", locale
        if len(self._known) < 5_000:
            self._known.append(person)
        else:
            self._known[int(chance() * 5_000)] = person
        return person

    def _answer(self, block: Block, person: _Person, created: int) -> Any:
        name, mail, phone, locale = person
        match block.role:
            case "name":
                return name
            case "email":
                return mail
            case "phone":
                return phone
            case "message" | "long":
                return self._message(locale)
            case "choice":
                return self._one(block.options)
            case "several":
                return [option for option in block.options if self._random() < 0.4]
            case "firm":
                return f"{self._one(self._names)} & {self._one(self._names)} Ltd"
            case "city":
                return self._one(locale.cities)
            case "switch":
                return self._random() < 0.4
            case "date":
                return _time(created + int(self._random() * 90) * 86_400)[:10]
            case "browser":
                return self._one(self._agents)
            case "website" | "pictures" | "document" | "signature":
                return f"https://{mail.partition('@')[2]}/{self._bits(40):010x}"
            case "price":
                return int(self._random() * 9_000) / 100
            case "rating" | "score":
                return int(self._random() * 5) + 1
            case "salary" | "quantity":
                return int(self._random() * 200) * 500
            case "campaign":
                return self._one(_CHANNELS)
            case _:
                return int(self._random() * 40)

    def _message(self, locale: Locale) -> str:
        texts = self._scripts.get(locale.code, self._sentences)
        return " ".join(self._one(texts) for _ in range(1 + int(self._random() ** 2 * 7)))

    def _metadata(self, mail: str) -> dict[str, str]:
        chance = self._random
        facts = {"user_agent": self._one(self._agents)} if chance() < 0.4 else {}
        if chance() < 0.4:
            facts["utm_source"] = self._one(_CHANNELS)
            facts["utm_medium"] = self._one(("cpc", "email", "print", "social"))
            facts["utm_campaign"] = self._one(("spring-2026", "Black Friday", "夏キャンペーン"))
        if chance() < 0.3:
            facts["referrer"] = f"https://www.search.example/?q={int(chance() * 300)}"
        if chance() < 0.2:
            facts["visitor_id"] = f"visitor_{hash_of(mail):012x}"
        if chance() < 0.05:
            facts["gclid"] = f"{self._bits(96):x}"
        return facts

    def _one(self, among: Sequence[Any]) -> Any:
        return among[int(self._random() * len(among))]

    def _uuid(self) -> str:
        digits = f"{self._bits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def hash_of(text: str) -> int:
    """A number of 48 bits that is the same in every process."""
    number = 5381
    for char in text:
        number = (number * 33 + ord(char)) & 0xFFFF_FFFF_FFFF
    return number


def _vocabulary(rng: random.Random) -> list[str]:
    """Words by how common they are: those of our trade first, then the short ones."""
    syllables = _SYLLABLES.split()
    words: set[str] = set()
    while len(words) < _WORDS:
        words.add("".join(rng.choices(syllables, k=rng.choice((1, 2, 2, 3, 3, 4)))))
    made = sorted(words.difference(_COMMON), key=lambda word: (len(word) + rng.random() * 6, word))
    return [*_COMMON, *made]


def _sentences(rng: random.Random, words: Sequence[str]) -> Iterator[str]:
    """Sentences in which half of the words are ones that often follow the word before."""
    weights = list(itertools.accumulate(1 / (place + 3) for place in range(len(words))))
    following: dict[str, list[str]] = {}
    for _ in range(_SENTENCES):
        chosen = rng.choices(words, cum_weights=weights, k=rng.randint(6, 16))
        for at in range(1, len(chosen)):
            usual = following.get(chosen[at - 1])
            if usual is None:
                usual = following[chosen[at - 1]] = rng.choices(words, cum_weights=weights, k=6)
            if rng.random() < 0.5:
                chosen[at] = rng.choice(usual)
        yield " ".join(chosen).capitalize() + rng.choice("...?!")


def _rearranged(rng: random.Random, texts: Sequence[str], space: str, count: int) -> Iterator[str]:
    """Sentences of the letters of others, in stretches of a few."""
    for _ in range(count):
        text = space.join(rng.sample(texts, 2))
        at = rng.randrange(len(text))
        yield text[at:] + text[:at]


def _shop_form(identifier: str, form: Form) -> dict[str, Any]:
    return {
        "id": identifier,
        "name": form.title,
        "fields": [
            {"name": f"{block.role}_{at}", "label": block.label, "type": block.kind}
            for at, block in enumerate(form.blocks)
        ],
    }


def _time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
