"""What a process wrote to one directory, in order: recorded by strace, or read from an earlier recording."""

import base64
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.durability.workload import ACK, KINDS

__all__ = ["Op", "can_record", "load", "record", "recording", "save", "told", "without"]

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
CALLS = "openat,pwrite64,write,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2,fallocate"
LINE = re.compile(r"^(?P<call>\w+)\((?P<args>.*)\)\s+= (?P<result>-?\d+)(?P<rest>.*)$")
DESCRIPTOR = re.compile(r"^(?P<number>\d+)<(?P<path>[^>]*)>")
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True, slots=True)
class Op:
    """One thing that was asked of the disk; `saved` is what the process told in between."""

    kind: str
    """make, write, cut, sync, remove, move, sync_names or saved."""
    name: str = ""
    offset: int = 0
    data: bytes = b""
    other: str = ""


def can_record() -> bool:
    """Whether processes can be traced here."""
    if shutil.which("strace") is None:
        return False
    tried = subprocess.run(
        ["strace", "-o", "/dev/null", sys.executable, "-c", ""], capture_output=True, check=False, timeout=60
    )
    return tried.returncode == 0


def record(kind: str, directory: Path, *, steps: int, seed: int) -> list[Op]:
    """Run the real code under strace and return what it asked of the disk."""
    directory.mkdir(mode=0o700, parents=True)
    log = directory.parent / f"{directory.name}.strace"
    subprocess.run(
        [
            *("strace", "-y", "-xx", "-s", "1000000", "-e", f"trace={CALLS}", "-o", str(log)),
            *(sys.executable, "-m", "tests.durability.workload", kind, str(directory), str(steps), str(seed)),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=300,
    )
    ops: list[Op] = []
    known: set[str] = set()
    for line in log.read_text(encoding="ascii").splitlines():
        found = LINE.match(line)
        if found and int(found["result"]) >= 0:
            op = _op(found["call"], found["args"], str(directory), known)
            if op is not None:
                ops.append(op)
    return ops


def _op(call: str, args: str, directory: str, known: set[str]) -> Op | None:
    texts = [bytes.fromhex(text.replace("\\x", "")) for text in TEXT.findall(args)]
    number, path = _descriptor(args)
    name = path.removeprefix(f"{directory}/") if path.startswith(f"{directory}/") else None
    plain = TEXT.sub("", args)
    last = plain.rsplit(",", 1)[-1].strip()
    if call == "write" and number == 1:
        return Op("saved", data=texts[0])
    if call in ("fsync", "fdatasync"):
        if path == directory:
            return Op("sync_names")
        return Op("sync", name) if name else None
    if call in ("pwrite64", "write", "ftruncate", "fallocate"):
        if not name or name.endswith("-shm"):
            return None
        if call == "ftruncate":
            return Op("cut", name, int(last))
        assert call == "pwrite64", f"{call} on {name} is not modelled"
        return Op("write", name, int(last), texts[0])
    return _name_op(call, args, [text.decode() for text in texts], directory, known)


def _name_op(call: str, args: str, paths: list[str], directory: str, known: set[str]) -> Op | None:
    inside = [path.removeprefix(f"{directory}/") for path in paths if path.startswith(f"{directory}/")]
    if not inside or inside[0].endswith("-shm"):
        return None
    if call == "openat":
        assert "O_TRUNC" not in args
        if "O_CREAT" not in args or inside[0] in known:
            return None
        known.add(inside[0])
        return Op("make", inside[0])
    known.discard(inside[0])
    if call.startswith("rename"):
        known.add(inside[1])
        return Op("move", inside[0], other=inside[1])
    assert call.startswith("unlink"), call
    return Op("remove", inside[0])


def _descriptor(args: str) -> tuple[int | None, str]:
    found = DESCRIPTOR.match(args)
    if found is None:
        return None, ""
    path = found["path"]
    if path.startswith("\\x"):
        path = bytes.fromhex(path.replace("\\x", "")).decode()
    return int(found["number"]), path


def save(kind: str, ops: list[Op]) -> Path:
    """Keep a recording for places where nothing can be traced."""
    path = HERE / f"recorded_{kind}.json.gz"
    rows = [[op.kind, op.name, op.offset, base64.b64encode(op.data).decode(), op.other] for op in ops]
    content = json.dumps({"pragmas": KINDS[kind].pragmas, "ops": rows})
    path.write_bytes(gzip.compress(content.encode(), 9, mtime=0))
    return path


def load(kind: str) -> list[Op]:
    """The kept recording; it must be of the journal modes the program has now."""
    found = json.loads(gzip.decompress((HERE / f"recorded_{kind}.json.gz").read_bytes()))
    assert tuple(found["pragmas"]) == KINDS[kind].pragmas, "run: python -m tests.durability --record"
    return [Op(row[0], row[1], row[2], base64.b64decode(row[3]), row[4]) for row in found["ops"]]


def recording(kind: str, directory: Path, *, steps: int, seed: int) -> list[Op]:
    """What the program does here and now; where that cannot be recorded, what it did earlier."""
    return record(kind, directory, steps=steps, seed=seed) if can_record() else load(kind)


def without(ops: list[Op], drop: Callable[[Op], bool]) -> list[Op]:
    """A recording of a program that is less careful."""
    return [op for op in ops if not drop(op)]


def told(op: Op) -> str:
    """The contents a process told as saved."""
    return op.data.decode().removeprefix(ACK).strip()
