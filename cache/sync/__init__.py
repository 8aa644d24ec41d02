"""The engine: brings edits to their source and news from it. Knows remotes, never HTTP."""

__all__: list[str] = []
