"""Turns text that somebody else wrote into text that a terminal can show.

Everything a person or a server outside this program wrote passes through here before it is
stored (`scrub`) or drawn (`safe_text`, `one_line`). Only single characters are ever replaced;
escape sequences are not parsed, since a parser that is wrong once is a hole.

Two kinds of character are dealt with:

- *always foreign*: controls, direction overrides, invisible fillers, tag characters, line and
  paragraph separators, surrogates, noncharacters. Each is shown by a picture or an escape.
- *good only in their place*: combining marks, the two joiners, the two emoji selectors. They stay
  where a script or an emoji needs them and become escapes everywhere else.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

__all__ = [
    "blot",
    "contains_control",
    "left_over",
    "one_line",
    "plain_line",
    "safe_text",
    "scrub",
    "sits_on_base",
    "was_cleaned",
]

MAX_MARKS = 4
"""Combining marks that one base may carry; the rest is counted, as in `e<+96 marks>`."""
MAX_JOINS = 3
"""Joiners in one emoji; the longest sequences in use (families, couples) have three."""
TAB_WIDTH = 4
"""Spaces that stand for one TAB."""
_MOST_FOR_A_LINE = 8192
"""Characters after which `one_line` stops looking for more that can be seen."""

# Sets of characters, written as the inside of a regular expression's brackets.
# Replaced wherever they stand:
_BIDI = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_BREAKING = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
_INVISIBLE = (
    r"\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164"
    r"\ufdd0-\ufdef\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
)
_ALWAYS_NARROW = _BREAKING + _BIDI + _INVISIBLE
_ALWAYS_ASTRAL = (
    r"\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
) + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
_ALWAYS = _ALWAYS_NARROW + _ALWAYS_ASTRAL
# Vowels and finals of decomposed Hangul: letters by category, but drawn onto the one before.
_JAMO = r"\u1161-\u11ff\ud7b0-\ud7fb"
_SWITCHES = r"\u200c\u200d\ufe0e\ufe0f"
_TONES = "\U0001f3fb-\U0001f3ff"
# Characters that can start or carry an emoji, skin tones included.
_EMOJI_SET = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u2388\u23cf"
    "\u23e9-\u23f3\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2605\u2607-\u2612"
    "\u2614-\u2685\u2690-\u2705\u2708-\u2712\u2714\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747"
    "\u274c\u274e\u2753-\u2755\u2757\u2763-\u2767\u2795-\u2797\u27a1\u27b0\u27bf\u2934\u2935"
    "\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f0ff\U0001f10d-\U0001f10f\U0001f12f\U0001f16c-\U0001f171\U0001f17e\U0001f17f"
    "\U0001f18e\U0001f191-\U0001f19a\U0001f1ad-\U0001f1e5\U0001f201-\U0001f265\U0001f300-\U0001f64f"
    "\U0001f680-\U0001f7ff\U0001f900-\U0001faff"
)
# Scripts whose letters change shape by a joiner: Arabic and its kin, the Indic ones, Khmer, Mongolian.
_JOINING_SET = (
    "\u0620-\u074f\u0750-\u077f\u07ca-\u07fa\u0840-\u0dff\u0f40-\u0fbc\u1000-\u109f\u1780-\u17d3"
    "\u1820-\u18aa\ufb50-\ufdcf\ufdf0-\ufdfb\ufe70-\ufefc"
)

_VIRAMA = 9  # the combining class of the signs that take a vowel away
_KEYCAP_BASES = frozenset("0123456789#*")
_KEYCAP = "\u20e3"

_NEWLINE = re.compile(r"\r\n?")
_BLANK = " \t\n\r\xa0\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_BLANKS = re.compile(f"[{_BLANK}]+")
# Quick questions decide whether the slow walk is needed, most of them asked of what is left of a text
# without the characters that never matter. Ranges beyond U+FFFF are slow to search, so the first takes all
# of them and the second, asked only then, looks closer. A combining mark is no word character and none of
# the signs, so the others find every mark that could matter and a little more.
_PLAIN_BYTES = bytes([0x0A, *range(0x20, 0x7F)])
_SIGNS = re.compile(
    "[\xa1-\xa9\xab\xac\xae-\xb1\xb4\xb6-\xb8\xbb\xbf\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u22ff"
    "\u2500-\u27bf\u3001-\u3003\u3008-\u3020\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
    "\U0001f300-\U0001f3fa\U0001f400-\U0001f64f\U0001f680-\U0001f6ff\U0001f900-\U0001f9ff]+"
)
_COARSE = re.compile(f"[{_ALWAYS_NARROW}{_SWITCHES}{_JAMO}\U00010000-\U0010ffff]")
_MANY_MARKS = re.compile(r"[^\w\x00-\xa0][^\w\x00-\xa0]{4}")
_BLANK_BEFORE_MARK = re.compile(r"\s[^\w\x00-\xa0]")
_MARK_FIRST = re.compile(r"\n[^\w\x00-\xa0]")
_CONTROL_COARSE = re.compile(f"[\t\n{_ALWAYS_NARROW}\U00010000-\U0010ffff]")
_NEVER_DRAWN = rf"[\t\n{_ALWAYS}]"
_CLOSER = f"[{_ALWAYS}{_SWITCHES}{_JAMO}{_TONES}]"
_WALK_SET = rf"(?:[^\w\x20-\x7e\n]|[\u115f\u1160\u3164\uffa0{_JAMO}])+"
# What `_traits` tells about a character, added up.
_FOREIGN, _SWITCH, _MARK, _SPACING, _TONE, _EMOJI, _JOINING = (1 << bit for bit in range(7))

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def scrub(text: str) -> str:
    """Makes `text` storable: lone surrogates become U+FFFD, NUL its picture U+2400."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub(_visible_match, text)


def safe_text(text: str) -> str:
    """Shows `text` without letting it act on the terminal; line breaks stay, TAB is four spaces.

    Takes any `str`, lone surrogates included, and never raises. Applying it twice changes nothing
    more, and the answer has at most ten characters for each one given.
    """
    if text.isascii() and (text.isprintable() or text.replace("\n", " ").isprintable()):
        return text
    text = _plain_blanks(text)
    return _walk(text) if _is_suspect(text) else text


def one_line(text: str, limit: int | None = None) -> str:
    """Shows `text` on one line for a list: runs of blanks and line breaks become one space.

    `limit` is the greatest number of characters (not terminal cells) in the answer; a longer text is
    cut between visible characters and ends in `…`. Only the part that is needed is looked at, so a text
    that begins with thousands of marks or blanks may end sooner.
    """
    if limit is None:
        return _flat(text)
    if limit <= 0:
        return ""
    # What follows the cut may change the last few characters before it: look a little further.
    margin = 16
    window = 4 * limit + 4 * margin
    text = text.lstrip(_BLANK)
    while window < len(text):
        line = _flat(text[:window])
        if len(line) > limit + margin:
            return _cut(line, limit)
        if window > _MOST_FOR_A_LINE:
            return _cut(line + " " * limit + "…", limit)
        window *= 4
    return _cut(_flat(text), limit)


def plain_line(text: str, limit: int) -> str:
    """What `one_line` gives, quicker, for a text that `safe_text` is known to leave as it is."""
    if len(text) <= limit and text.isascii() and "\n" not in text and "  " not in text:
        return text.strip()
    line = " ".join(text[: 4 * limit].split())
    is_short = len(text) > 4 * limit and len(line) <= limit
    if is_short or (
        not line.isascii()
        and _may_hold_marks(left_over(text[: 4 * limit]))
        and _BLANK_BEFORE_MARK.search(text, 0, 4 * limit)
    ):
        return one_line(text, limit)
    return _cut(line, limit)


def was_cleaned(text: str) -> bool:
    """Says whether `safe_text` replaces something foreign in `text`.

    Line breaks of another system and TAB are not foreign.
    """
    if text.isascii() and text.isprintable():
        return False
    text = _plain_blanks(text)
    return _is_suspect(text) and _walk(text) != text


def contains_control(text: str) -> bool:
    """Says whether `text` holds a character that must never be written to a terminal as it is.

    For one stretch of one line that is about to be drawn, so LF and TAB count too. Marks, joiners and
    selectors do not count: whether they are in their place shows only in the whole text.
    """
    if text.isascii() and text.isprintable():
        return False
    near = _CONTROL_COARSE.search(text)
    return near is not None and _compiled(_NEVER_DRAWN).search(text, near.start()) is not None


def blot(text: str) -> str:
    """Replaces each character that `contains_control` finds by U+FFFD, one for one."""
    return _compiled(_NEVER_DRAWN).sub("\ufffd", text) if contains_control(text) else text


def _plain_blanks(text: str) -> str:
    """Brings line breaks to LF and TAB to spaces."""
    if "\r" in text:
        text = _NEWLINE.sub("\n", text)
    return text.replace("\t", " " * TAB_WIDTH) if "\t" in text else text


def _is_suspect(text: str) -> bool:
    """Says whether the walk could change `text`; a wrong yes costs time, a wrong no cannot happen."""
    left = left_over(text)
    near = _COARSE.search(left)
    if near is not None and _compiled(_CLOSER).search(left, near.start()) is not None:
        return True
    if not _may_hold_marks(left):
        return False
    is_first = text[0] > "\xa0" and not text[0].isalnum()
    return is_first or (_MANY_MARKS.search(text) or _MARK_FIRST.search(text)) is not None


def left_over(text: str) -> str:
    """A text without the ASCII that is drawn as it is: what a look for rare letters need not pass over."""
    return (
        text.encode("utf-8", "surrogatepass").translate(None, _PLAIN_BYTES).decode("utf-8", "surrogatepass")
    )


def _may_hold_marks(left: str) -> bool:
    """Says whether what is left over of a text may have combining marks; a wrong no cannot happen."""
    if not left or left.isalnum():
        return False
    letters = _SIGNS.sub("", left)
    return bool(letters) and not letters.isalnum()


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiles one of this module's larger patterns when it is first needed, not at import."""
    return re.compile(pattern)


@lru_cache(maxsize=4096)
def _traits(char: str) -> int:
    """Sums up what the walk must know about `char`; nothing at all for the empty string."""
    if not char:
        return 0
    if _compiled(f"[{_ALWAYS}]").match(char):
        return _FOREIGN
    if char in "\u200c\u200d\ufe0e\ufe0f":
        return _SWITCH
    if "\U0001f3fb" <= char <= "\U0001f3ff":
        return _TONE | _EMOJI
    traits = _EMOJI if _compiled(f"[{_EMOJI_SET}]").match(char) else 0
    category = unicodedata.category(char)
    if category[0] == "M" or _compiled(f"[{_JAMO}]").match(char):
        traits |= _MARK
        if category == "Mc":
            traits |= _SPACING
    if traits & _MARK or char.isalpha():
        traits |= _JOINING if _compiled(f"[{_JOINING_SET}]").match(char) else 0
    return traits


def _walk(text: str) -> str:
    """Replaces what does not belong; `text` has LF as its only line break and no TAB.

    Every decision looks only at the character already written before and at one that is certain to be
    written after, so the answer, walked again, gives itself.
    """
    out: list[str] = []
    done = 0
    base = _Base()
    for found in _compiled(_WALK_SET).finditer(text):
        start, end = found.span()
        if start > done:
            out.append(text[done:start])
            base.begin(text[start - 1])
        for at in range(start, end):
            base.step(text, at, out)
        done = end
        base.flush(out)
    out.append(text[done:])
    return "".join(out)


class _Base:
    """The visible character that is being written to, and what it already carries."""

    def __init__(self) -> None:
        self.last = ""  # the last character written; "" at the start of a line
        self.marks = 0  # marks without a width of their own on this base
        self.spacing = 0  # marks with one
        self.over = 0  # marks beyond the limit, not yet told
        self.joins = 0
        self.joined_at = -1

    def begin(self, char: str) -> None:
        """Takes `char`, just written, as the new base."""
        self.last = "" if char == "\n" else char
        self.marks = self.spacing = 0

    def flush(self, out: list[str]) -> None:
        """Tells the marks that were left out, if any."""
        if self.over:
            out.append(f"<+{self.over} mark{'' if self.over == 1 else 's'}>")
            self.over = 0
            self.begin(">")

    def step(self, text: str, at: int, out: list[str]) -> None:
        """Writes the character at `at`, or what stands for it."""
        char = text[at]
        traits = _traits(char)
        if traits & _MARK:
            self._mark(char, traits, out)
            return
        self.flush(out)
        if traits & _SWITCH and self._is_in_place(text, at):
            out.append(char)
            self.last = char
        elif traits & (_FOREIGN | _SWITCH) or (traits & _TONE and not self._takes_tone()):
            out.append(_visible(char))
            self.begin(out[-1][-1])
        else:
            out.append(char)
            self.begin(char)

    def _mark(self, char: str, traits: int, out: list[str]) -> None:
        if not self.last:
            out.append(_visible(char))
            self.begin(">")
        elif self.over or not self._has_room(traits):
            self.over += 1
        else:
            if traits & _SPACING:
                self.spacing += 1
            else:
                self.marks += 1
            out.append(char)
            self.last = char

    def _has_room(self, traits: int) -> bool:
        return (self.spacing if traits & _SPACING else self.marks) < MAX_MARKS

    def _takes_tone(self) -> bool:
        return _traits(self.last) & (_EMOJI | _TONE) == _EMOJI

    def _is_in_place(self, text: str, at: int) -> bool:
        """Says whether the joiner or selector at `at` has a part to play between its neighbours."""
        after = text[at + 1] if at + 1 < len(text) else ""
        before_traits, after_traits = _traits(self.last), _traits(after)
        if text[at] in "\ufe0e\ufe0f":
            return bool(before_traits & _EMOJI) or (self.last in _KEYCAP_BASES and after == _KEYCAP)
        if text[at] == "\u200d" and after_traits & (_EMOJI | _TONE) == _EMOJI:
            return (self.last == "\ufe0f" or bool(before_traits & _EMOJI)) and self._join(text, at)
        if text[at] == "\u200d" and before_traits & _JOINING and unicodedata.combining(self.last) == _VIRAMA:
            return True  # a letter without its vowel, at the end of a word too, as in Malayalam
        if not before_traits & after_traits & _JOINING:
            return False
        return not after_traits & _MARK or self._has_room(after_traits)

    def _join(self, text: str, at: int) -> bool:
        link = _compiled(f"[{_EMOJI_SET}][{_TONES}]?\ufe0f?")
        linked = self.joined_at >= 0 and link.fullmatch(text, self.joined_at + 1, at)
        self.joins = self.joins + 1 if linked else 1
        allowed = self.joins <= MAX_JOINS
        self.joined_at = at if allowed else -1
        return allowed


def _visible_match(found: re.Match[str]) -> str:
    return _visible(found.group())


def _visible(char: str) -> str:
    """Gives the picture or escape that stands for `char`."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if code < 0xA0:
        return f"\\x{code:02x}"
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"<U+{code:04X}>"


def sits_on_base(char: str) -> bool:
    """Says whether `char` is drawn onto the one before it instead of in a cell of its own."""
    return bool(_traits(char) & (_MARK | _SWITCH | _TONE))


def _flat(text: str) -> str:
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    return safe_text(_BLANKS.sub(" ", text).strip(_BLANK))


def _cut(line: str, limit: int) -> str:
    """Cuts a clean line to `limit` characters, never between a base and what belongs to it."""
    if len(line) <= limit:
        return line
    end = limit - 1
    while end > 0 and (sits_on_base(line[end]) or line[end - 1] in "\u200c\u200d"):
        end -= 1
    return line[:end].rstrip(_BLANK) + "…"
