"""What is pasted is text, whatever it holds: no byte of it may become a key.

Textual's parser takes an escape byte inside a bracketed paste for the beginning of a key sequence. Copied
log lines with colours, or a text made to do so, would then run commands. Terminals should filter this;
some, and multiplexers, do not.
"""

from typing import Final

__all__ = ["PasteFilter"]

_BEGIN: Final = "\x1b[200~"
_END: Final = "\x1b[201~"
_KEPT: Final = "\t\n\r"


class PasteFilter:
    """Takes the control characters out of pastes, however the input is cut into pieces.

    Where the pasted text holds the mark of its own end, the last one that came in the same piece counts.
    """

    def __init__(self) -> None:
        self._begun = ""
        """How much of the mark of a beginning was just seen; it has been passed on already."""
        self._held = ""
        """The tail of the last piece inside a paste: perhaps the first part of the mark of its end."""
        self._is_inside = False

    def clean(self, data: str) -> str:
        """The next piece of input, as the parser may have it."""
        parts: list[str] = []
        while data:
            data = self._inside(data, parts) if self._is_inside else self._outside(data, parts)
        return "".join(parts)

    def _outside(self, data: str, parts: list[str]) -> str:
        seen = self._begun + data
        at = seen.find(_BEGIN)
        if at < 0:
            self._begun = _partial(seen, _BEGIN)
            parts.append(data)
            return ""
        end = at + len(_BEGIN) - len(self._begun)
        parts.append(data[:end])
        self._begun, self._is_inside = "", True
        return data[end:]

    def _inside(self, data: str, parts: list[str]) -> str:
        seen = self._held + data
        following = seen.find(_BEGIN)
        this = seen if following < 0 else seen[:following]
        at = this.rfind(_END)
        if at < 0:
            self._held = _partial(seen, _END)
            parts.append(_plain(seen[: len(seen) - len(self._held)]))
            return ""
        parts += [_plain(this[:at]), _END]
        self._held, self._is_inside = "", False
        return seen[at + len(_END) :]


def _plain(text: str) -> str:
    text = text.replace(_END, "").replace(_BEGIN, "")
    return "".join(letter for letter in text if letter in _KEPT or not _is_control(letter))


def _is_control(letter: str) -> bool:
    return letter < " " or "\x7f" <= letter <= "\x9f"


def _partial(text: str, mark: str) -> str:
    """The longest beginning of `mark` that `text` ends with, short of the whole."""
    return next((mark[:size] for size in range(len(mark) - 1, 0, -1) if text.endswith(mark[:size])), "")
