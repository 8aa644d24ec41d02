"""A disk whose power is cut: what was not synced is there, is not there, or is there in part."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.durability.recording import Op

__all__ = ["Disk", "cut"]

SECTOR = 512


@dataclass(slots=True)
class File:
    """The content the disk has for certain, and what was asked of it since."""

    content: bytearray = field(default_factory=bytearray)
    asked: list[Op] = field(default_factory=list)


class Disk:
    """One directory. Names are kept in order, as a journalling file system keeps them; contents are not."""

    def __init__(self) -> None:
        self._names: dict[str, File] = {}
        self._asked: list[tuple[Op, File]] = []
        self._now: dict[str, File] = {}

    def do(self, op: Op) -> None:
        """Ask something of the disk."""
        if op.kind == "make":
            self._now[op.name] = File()
            self._asked.append((op, self._now[op.name]))
        elif op.kind in ("write", "cut"):
            self._now[op.name].asked.append(op)
        elif op.kind == "sync":
            there = self._now.get(op.name)
            if there is not None:
                for each in there.asked:
                    _apply(there.content, each)
                there.asked.clear()
        elif op.kind in ("remove", "move"):
            there = self._now.pop(op.name)
            if op.kind == "move":
                self._now[op.other] = there
            self._asked.append((op, there))
        elif op.kind == "sync_names":
            for each, there in self._asked:
                _rename(self._names, each, there)
            self._asked.clear()

    def after_the_cut(self, rng: random.Random) -> dict[str, bytes]:
        """The files as they are found: of what was not synced, any part."""
        names = dict(self._names)
        for op, there in self._asked[: rng.choice([0, len(self._asked), rng.randint(0, len(self._asked))])]:
            _rename(names, op, there)
        share = rng.choice([0.0, 1.0, rng.random()])
        return {name: _content(there, share, rng) for name, there in names.items()}


def _content(there: File, share: float, rng: random.Random) -> bytes:
    content = bytearray(there.content)
    for op in there.asked:
        if op.kind == "cut":
            if rng.random() < share:
                _apply(content, op)
            continue
        torn = rng.random() < 0.3
        whole = rng.random() < share
        for start in range(0, len(op.data), SECTOR):
            if rng.random() < share if torn else whole:
                piece = op.data[start : start + SECTOR]
                _apply(content, Op("write", op.name, op.offset + start, piece))
    return bytes(content)


def _apply(content: bytearray, op: Op) -> None:
    size = op.offset + len(op.data) if op.kind == "write" else op.offset
    if len(content) < size:
        content.extend(bytes(size - len(content)))
    if op.kind == "write":
        content[op.offset : size] = op.data
    else:
        del content[size:]


def _rename(names: dict[str, File], op: Op, there: File) -> None:
    if op.kind == "make":
        names[op.name] = there
        return
    names.pop(op.name, None)
    if op.kind == "move":
        names[op.other] = there


def cut(ops: Sequence[Op], at: int, rng: random.Random, directory: Path) -> None:
    """Write what is found in a directory whose power was cut after `at` of the operations."""
    disk = Disk()
    for op in ops[:at]:
        disk.do(op)
    directory.mkdir(mode=0o700)
    for name, content in disk.after_the_cut(rng).items():
        path = directory / name
        path.touch(0o600)
        path.write_bytes(content)
