"""What `y` copies: cleaned text, to the terminal's clipboard and the system's where there is one."""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from typing import Final

from cache.models import Detail
from cache.text import safe_text

__all__ = ["COPIES", "copy_to_system"]

COPIES: Final[Mapping[str, tuple[str, Callable[[Detail], str | None]]]] = {
    "copy.number": ("number", lambda detail: detail.ref),
    "copy.id": ("id", lambda detail: detail.submission.id),
    "copy.email": ("e-mail address", lambda detail: detail.submission.contact.email),
    "copy.phone": ("phone number", lambda detail: detail.submission.contact.phone),
    "copy.reply": ("reply", lambda detail: reply.content if (reply := detail.submission.reply) else None),
    "copy.json": ("JSON", lambda detail: json.dumps(json.loads(detail.raw), indent=2)),
}
"""By command: what it is called, and what is copied of a submission."""

_TOOLS: Final = (
    ("wl-copy",),
    ("xclip", "-selection", "clipboard", "-in"),
    ("pbcopy",),
)


def copy_to_system(text: str, environ: Mapping[str, str]) -> str | None:
    """Give a text to the system's clipboard tool; its name, or None when there is none that works."""
    for command in _TOOLS:
        if command[0] == "wl-copy" and not environ.get("WAYLAND_DISPLAY"):
            continue
        if command[0] == "xclip" and not environ.get("DISPLAY"):
            continue
        path = shutil.which(command[0])
        if path is None:
            continue
        try:
            done = subprocess.run(  # noqa: S603 - fixed tools, the text goes through a pipe
                [path, *command[1:]],
                input=safe_text(text).encode(),
                check=False,
                timeout=2,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return command[0]
    return None
