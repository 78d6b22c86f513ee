"""The folder that a batch writes: parts of the data set, each written whole, and what is needed to go on after a kill.

    part-000000.parquet ...   the rows of so many items each, in order
    _manifest.json            what is read how, by which version, and whether it is done
    _files.jsonl              the files that the sources stood for when the batch began
    _owner.json, _lock        who is writing

Readers of Parquet data sets leave out files whose names begin with _ or a full stop. A part's own metadata says where
it ends, so that the parts alone decide what is left to read.
"""

import contextlib
import datetime
import errno
import itertools
import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pyarrow import ArrowException, Schema, parquet

from digitscope import files
from digitscope.batch.archives import ARCHIVES, members
from digitscope.batch.listing import Entry
from digitscope.batch.places import bare
from digitscope.batch.schema import SCHEMA, table
from digitscope.batch.work import Item, Row
from digitscope.errors import BatchError, ImageError

MANIFEST, FILES, OWNER, LOCK = "_manifest.json", "_files.jsonl", "_owner.json", "_lock"
PART = re.compile(r"part-(\d{6,})\.parquet")
LEFT_OVER = re.compile(r"\.(part-\d+\.parquet|_[a-z]+\.jsonl?)\..*\.tmp")
PART_KEY = "digitscope.part"  # of a part's metadata
GROUP = 4000  # rows and digits that are collected before they are written
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Place:
    """Which item of the batch: its number in all, of its file in the list, and of it in that file, each from 0."""

    number: int
    file: int
    member: int


@dataclass(frozen=True)
class Part:
    """What a part's metadata says: how many items and rows it has, rows with errors, and where the next part begins."""

    items: int
    rows: int
    errors: int
    end: Place


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep others out of the folder, which is made, and is not left behind empty.

    A process that ends, however it ends, lets go of it.

    Raises:
        BatchError: another process holds it.
    """

    def refusal() -> BatchError:
        return BatchError(
            f"Another batch writes into this folder: {_owner(folder)}. Expected a folder of its own for each batch. "
            f"Received: out={str(folder)!r}"
        )

    with contextlib.ExitStack() as lock:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.enter_context(files.held(folder / LOCK, refusal))
        except OSError as error:
            raise unwritable(folder, error) from error
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        owner = {"host": socket.gethostname(), "process": os.getpid(), "since": now}
        try:
            _write(folder / OWNER, json.dumps(owner).encode())
            yield
        finally:
            (folder / OWNER).unlink(missing_ok=True)
            if {path.name for path in folder.iterdir()} == {LOCK}:  # it was begun with a mistyped source
                with contextlib.suppress(OSError):  # a system may not delete files that are open
                    (folder / LOCK).unlink()
                    folder.rmdir()


@contextlib.contextmanager
def held_file(path: Path) -> Iterator[None]:
    """Keep others from writing what this file is about.

    Raises:
        BatchError: another process does.
    """

    def refusal() -> BatchError:
        return BatchError(
            f"Another program goes through this file. Expected one at a time. Received: path={str(path)!r}"
        )

    with contextlib.ExitStack() as lock:
        try:
            lock.enter_context(files.held(path.with_name(f".{path.name}.lock"), refusal))
        except OSError as error:
            raise unwritable(path, error) from error
        yield


def _owner(folder: Path) -> str:
    """Who holds the folder, as far as is known."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        owner = json.loads((folder / OWNER).read_bytes())
        return f"process {owner['process']} on {owner['host']}, since {owner['since']}"
    return "which one is not known"


class Output:
    """The folder of a batch that has begun: its files to read, and the parts that are there."""

    def __init__(self, folder: Path, manifest: dict[str, Any], schema: Schema = SCHEMA) -> None:
        self.folder, self.manifest, self.schema = folder, manifest, schema
        self.part_size = int(manifest["job"]["part_size"])
        self.parts: dict[int, Part] = {}
        for path in folder.iterdir():
            if LEFT_OVER.fullmatch(path.name):
                path.unlink()
            elif found := PART.fullmatch(path.name):
                self.parts[int(found[1])] = _part(path)

    @property
    def done(self) -> bool:
        return bool(self.manifest["done"])

    def begin(self) -> Place:
        """The first item that is in no part."""
        place = Place(0, 0, 0)
        for number in itertools.count():
            if number not in self.parts:
                return place
            place = self.parts[number].end
        raise AssertionError  # count never ends

    def items(self) -> Iterator[tuple[Place, Item]]:
        """The items that are in no part yet, each with its place."""
        begin = self.begin()
        number = begin.number
        column = self.manifest["job"]["column"]
        for file, entry in enumerate(entries(self.folder)):
            if file < begin.file:
                continue
            first = begin.member if file == begin.file else 0
            for member, item in _from(first, entry, column):
                if number // self.part_size not in self.parts:
                    ends = item.member is None  # then what comes next is in the next file
                    yield Place(number, file + 1, -1) if ends else Place(number, file, member), item
                number += 1

    def write(self, number: int, results: Iterator[tuple[Place, list[Row]]]) -> Part:
        """Write one part whole: the rows of all of `results`."""
        items = rows = errors = 0
        place = None

        def fill(file: BinaryIO) -> None:
            nonlocal items, rows, errors, place
            collected: list[Row] = []
            weight = 0
            with parquet.ParquetWriter(file, self.schema, compression="zstd") as writer:
                for at, found in results:
                    place = at
                    items, rows = items + 1, rows + len(found)
                    errors += any(row.get("error") is not None for row in found)
                    collected += found
                    weight += sum(
                        len(row) if self.schema is not SCHEMA else 1 + len(row.get("digits") or ()) for row in found
                    )
                    if weight >= GROUP:
                        writer.write_table(table(collected, self.schema))
                        collected, weight = [], 0
                if collected or not rows:
                    writer.write_table(table(collected, self.schema))
                end = Place(0, 0, 0) if place is None else Place(place.number + 1, place.file, place.member + 1)
                self.parts[number] = Part(items, rows, errors, end)
                writer.add_key_value_metadata({PART_KEY: json.dumps(asdict(self.parts[number]))})

        try:
            _write(self.folder / f"part-{number:06d}.parquet", fill)
        except BaseException:
            self.parts.pop(number, None)
            raise
        return self.parts[number]

    def finish(self) -> None:
        """Say in the manifest that it is done, and what came out."""
        if not self.parts:
            self.write(0, iter(()))
        totals = {
            name: sum(getattr(part, name) for part in self.parts.values()) for name in ("items", "rows", "errors")
        }
        self.manifest |= {"done": True, **totals}
        _write(self.folder / MANIFEST, _json(self.manifest))


def _from(first: int, entry: Entry, column: str | None) -> Iterator[tuple[int, Item]]:
    """The items of a file from number `first` on; where it has not even those before that any more, an error."""
    if entry.error is not None:
        yield 0, Item(entry.path, content=ImageError(entry.error))
        return
    there, why = 0, "It has fewer images"
    for member, item in enumerate(members(entry.path, column=column)):
        if member >= first:
            yield member, item
        elif item.member is None and isinstance(item.content, ImageError):
            why = str(item.content)
            continue
        there += 1
    if there < first:
        yield first, Item(entry.path, content=ImageError(
            f"The archive has changed or vanished since the batch began: {first:,} of its images are read, and any "
            f"others are not. Expected the same archive. Received: path={entry.path!r}. {why}"
        ))  # fmt: skip


def opened(
    folder: Path, job: dict[str, Any], listed: Callable[[], Iterator[Entry]], *, resume: bool, force: bool,
    schema: Schema = SCHEMA,
) -> Output:  # fmt: skip
    """The output of a batch, begun now or before.

    Args:
        folder: where; held by this process.
        job: all that decides what the rows are, as JSON has it; a batch that is resumed must have the same.
        listed: gives the files to read; asked where the batch begins now.
        resume: go on with the output that is there.
        force: replace it.
        schema: of the rows.

    Raises:
        BatchError: there is an output already, or one to resume of another batch; or it cannot be written.
    """
    begun = manifest_of(folder)
    others = [path.name for path in folder.iterdir() if not _is_ours(path.name)]
    if begun is None and others:
        raise BatchError(
            f"The folder holds something else. Expected a new folder, or that of a batch. "
            f"Received: out={str(folder)!r}, which has {min(others)!r}"
        )
    if begun is not None and resume:
        return Output(folder, _same(begun, job, folder), schema)
    if begun is not None and not force:
        raise BatchError(
            f"There is an output already. Expected a new folder, --resume to go on, or --force to start again. "
            f"Received: out={str(folder)!r}"
        )
    for path in folder.iterdir():
        if LEFT_OVER.fullmatch(path.name):
            path.unlink()
    manifest = {"job": job, "done": False, **_write_files(folder, listed())}
    _write(folder / MANIFEST, _json(manifest))
    return Output(folder, manifest, schema)


def entries(folder: Path) -> Iterator[Entry]:
    """The files to read, as the batch found them when it began."""
    with (folder / FILES).open("rb") as file:
        for line in file:
            yield Entry(*json.loads(line))


def _write_files(folder: Path, found: Iterator[Entry]) -> dict[str, int]:
    """Write the list of files; returns how many there are, and how many archives are among them.

    What a batch has written there before is deleted once all sources are known to be there.
    """
    counts = {"files": 0, "archives": 0}

    def fill(file: BinaryIO) -> None:
        for entry in found:
            line = [entry.path] if entry.error is None else [entry.path, entry.error]
            file.write(json.dumps(line).encode() + b"\n")
            counts["files"] += 1
            counts["archives"] += bare(entry.path).endswith(ARCHIVES)
        (folder / MANIFEST).unlink(missing_ok=True)  # first: without it nothing counts
        for path in folder.iterdir():
            if PART.fullmatch(path.name):
                path.unlink()

    _write(folder / FILES, fill)
    return counts


def _same(begun: dict[str, Any], job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The manifest of a batch that began before, if it was for the same."""
    for name in {**job, **begun["job"]}:
        before, now = begun["job"].get(name), json.loads(json.dumps(job.get(name)))
        if before != now:
            raise BatchError(
                f"The output was begun with another {name}, and rows of two kinds do not go into one data set. "
                f"Expected {name}={before!r}, or --force to start again. Received: {name}={now!r}, out={str(folder)!r}"
            )
    return begun


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """What a batch's manifest says, None where there is none.

    Raises:
        BatchError: it cannot be read.
    """
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_bytes())
        return found if found["job"] and isinstance(found["done"], bool) else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BatchError(
            f"The output's manifest cannot be read: {error}. Expected what a batch wrote. Received: path={str(path)!r}"
        ) from error


def _part(path: Path) -> Part:
    try:
        found = json.loads(parquet.read_metadata(path).metadata[PART_KEY.encode()])
        return Part(found["items"], found["rows"], found["errors"], Place(**found["end"]))
    except (OSError, ArrowException, ValueError, KeyError, TypeError) as error:
        raise BatchError(
            f"A part of the output is damaged: {error}. Expected what a batch wrote; delete the part, and --resume "
            f"reads its images again. Received: path={str(path)!r}"
        ) from error


def _is_ours(name: str) -> bool:
    return name in (MANIFEST, FILES, OWNER, LOCK) or bool(PART.fullmatch(name) or LEFT_OVER.fullmatch(name))


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"


def _write(path: Path, content: bytes | Callable[[BinaryIO], None]) -> None:
    try:
        files.write_whole(path, content)
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> BatchError:
    """The error for a file that cannot be written."""
    what = "The disk is full" if error.errno in FULL else f"The output cannot be written: {error.strerror or error}"
    return BatchError(
        f"{what}. Expected room and permission; what is written is whole, and --resume goes on from there. "
        f"Received: path={str(path)!r}"
    )
