"""The local copy of every submission: SQLite files, the outbox of edits, queries and the sync engine.

Knows SQLite; knows no HTTP and no terminal.
"""

__all__: list[str] = []
