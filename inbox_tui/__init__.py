"""A keyboard-driven triage inbox for form and chat submissions, in the terminal."""

from typing import Final

__all__ = ["__version__"]

__version__: Final = "0.1.0"
