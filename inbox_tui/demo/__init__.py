"""A local reference server with generated submissions, for `inbox-tui demo` and for tests.

Import the part that is needed: `inbox_tui.demo.running` for tests, `inbox_tui.demo.launch` for the command.
Nothing here imports Textual, the client's own wire code or the cache.
"""

__all__: list[str] = []
