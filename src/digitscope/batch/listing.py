"""The files that a batch's sources stand for, in a fixed order: `for entry in files(["scans", "shards/*.tar"]): ...`

A folder with a million files is listed in little memory: its names are kept, sorted and given out as Arrow arrays.
"""

import fnmatch
import functools
import glob
import itertools
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import compute
from pyarrow.fs import FileInfo, FileSelector, FileType

from digitscope.batch.archives import ARCHIVES
from digitscope.batch.places import bare, is_remote, opened, store
from digitscope.errors import BatchError, ImageError
from digitscope.reading.io.folders import ENDINGS
from digitscope.reading.io.images import printable, reason

CHUNK = 10_000  # names that are Python strings at a time
LISTS = (".txt", ".lst")
WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Entry:
    """A file to read, an image, document or archive, or the error that says why it cannot be."""

    path: str
    error: str | None = None


def files(sources: Sequence[str], *, leave_out: Path | None = None) -> Iterator[Entry]:
    """What the sources stand for, source by source.

    Args:
        sources: files, folders with all below them, patterns with * ? [] and **, and lists (.txt) with a path on each
            line; paths on this machine, or s3:// and gs:// addresses.
        leave_out: a folder that is not entered, the output.

    Raises:
        BatchError: a source is not there, or may not be listed.
    """
    for source in sources:
        if bare(source).endswith(LISTS):
            yield from _listed(source, leave_out)
        else:
            yield from _standing_for(source, leave_out)


def _listed(path: str, leave_out: Path | None) -> Iterator[Entry]:
    """What the lines of a list stand for; one that stands for nothing is an error of its own."""
    try:
        with opened(path) as file:
            for line in file:
                name = os.fsdecode(line.rstrip(b"\r\n"))
                if not name:
                    continue
                if not is_remote(name) and not WILD.search(name) and not os.path.isdir(name):
                    yield Entry(name)  # whether it is there is found out when it is read
                    continue
                try:
                    yield from _standing_for(name, leave_out)
                except BatchError as error:
                    yield Entry(name, str(error))
    except (ImageError, OSError) as error:
        raise BatchError(f"The list cannot be read: {error}") from error


def _standing_for(source: str, leave_out: Path | None) -> Iterator[Entry]:
    if is_remote(source):
        found = _on_store(source)
    elif os.path.isdir(source):
        found = _below(source, leave_out)
    elif os.path.lexists(source):
        found = iter([Entry(source)])
    elif WILD.search(source):
        found = _matching(source, leave_out)
    else:
        raise BatchError(
            "There is no such source. Expected files, folders, patterns or lists of paths (.txt). "
            f"Received: source={printable(source)!r}"
        )
    first = next(found, None)
    if first is None:
        raise BatchError(
            f"The source has nothing to read. Expected files that end in {' '.join((*ENDINGS, *ARCHIVES))}. "
            f"Received: source={printable(source)!r}"
        )
    yield from itertools.chain([first], found)


def _matching(pattern: str, leave_out: Path | None) -> Iterator[Entry]:
    """The files and folders that match a pattern; ** stands for any folders."""
    for path in in_order(glob.iglob(pattern, recursive=True)):
        if not os.path.isdir(path):
            yield Entry(path)
        elif "**" not in pattern:
            yield from _below(path, leave_out)


def _below(top: str, leave_out: Path | None) -> Iterator[Entry]:
    """The images, documents and archives of a folder, then those of its subfolders, in natural order."""
    entered: set[tuple[int, int]] = set()  # device and inode, which a folder keeps by whatever path it is reached
    ahead = [top]
    while ahead:
        folder = ahead.pop()
        subfolders: list[str] = []
        try:
            seen = os.stat(folder)
            if (seen.st_dev, seen.st_ino) in entered or (
                leave_out and leave_out.exists() and leave_out.samefile(folder)
            ):
                continue
            names = in_order(_names(folder, subfolders))
        except OSError as error:
            message = (
                f"The folder cannot be listed: {error.strerror}. Expected permission to. Received: path={folder!r}"
            )
            if folder == top:
                raise BatchError(message) from error
            yield Entry(folder, message)
            continue
        entered.add((seen.st_dev, seen.st_ino))
        yield from (Entry(os.path.join(folder, name)) for name in names)
        ahead += [os.path.join(folder, name) for name in reversed(list(in_order(subfolders)))]


def _names(folder: str, subfolders: list[str]) -> Iterator[str]:
    """The names of a folder's files that may be read, in any order; the names of its subfolders are added."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir():
                subfolders.append(entry.name)
            elif entry.name.lower().endswith((*ENDINGS, *ARCHIVES)) and (entry.is_symlink() or entry.is_file()):
                yield entry.name


def _on_store(address: str) -> Iterator[Entry]:
    """The objects of an address: one, those below it, or those that match a pattern."""
    storage, path, form = store(address)
    wild = WILD.search(path)
    top = path[: wild.start()].rpartition("/")[0] if wild else path.rstrip("/")
    try:
        info = storage.get_file_info(top)
        if info.type == FileType.File:
            yield Entry(form.format(top))
            return
        if info.type == FileType.NotFound:
            raise FileNotFoundError(f"there is no {top!r}")
        found: list[FileInfo] = storage.get_file_info(FileSelector(top, recursive=True))
    except OSError as error:
        raise BatchError(
            f"The object store gives no list: {reason(error)}. Expected a bucket and path that may be listed. "
            f"Received: source={address!r}"
        ) from error
    names = (info.path for info in found if info.type == FileType.File)
    if wild:
        matches = re.compile(_translated(path)).fullmatch
        names = (name for name in names if matches(name))
    else:
        names = (name for name in names if name.lower().endswith((*ENDINGS, *ARCHIVES)))
    yield from (Entry(form.format(name)) for name in in_order(names))


def _translated(pattern: str) -> str:
    """A pattern as a regular expression: * stays in its folder, ** does not."""
    parts = re.split(r"(\*\*/?)", pattern)
    one = [fnmatch.translate(part)[4:-3].replace(".*", "[^/]*") for part in parts[::2]]  # without (?s: and )\Z
    return "".join(itertools.chain.from_iterable(itertools.zip_longest(one, [".*"] * (len(one) - 1), fillvalue="")))


def in_order(names: Iterable[str]) -> Iterator[str]:
    """The names sorted as `reading.io.folders.natural` does: 2.png before 10.png. They are read before this returns."""
    rest = iter(names)
    chunks = []
    while chunk := list(itertools.islice(rest, CHUNK)):
        encoded = [os.fsencode(name) for name in chunk]
        keys = [_key(name) for name in chunk]
        chunks.append(pa.table({"key": pa.array(keys, pa.binary()), "name": pa.array(encoded, pa.binary())}))
    if not chunks:
        return iter(())
    table = pa.concat_tables(chunks)
    order = compute.sort_indices(table, [("key", "ascending"), ("name", "ascending")])
    return _taken(table["name"], order)


def _taken(names: pa.ChunkedArray, order: pa.Array) -> Iterator[str]:
    for start in range(0, len(order), CHUNK):
        yield from map(os.fsdecode, names.take(order[start : start + CHUNK]).to_pylist())


_numbers = functools.partial(re.compile(r"\d+").sub, lambda found: _number(found[0]))


def _key(name: str) -> bytes:
    """Bytes that sort as the name does, with its numbers by their value."""
    return _numbers(name.lower()).encode("utf-8", "surrogateescape")


def _number(digits: str) -> str:
    """A number so that shorter ones sort first, and all before any letter that goes on."""
    value = str(int(digits)) if len(digits) < 1000 else digits
    return f"\0{len(value):04d}{value}\0"
