"""Files that are written whole or not at all: `write_whole(path, data)`; and locks: `with held(path, refusal): ...`."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO


def write_whole(path: Path, content: bytes | Callable[[BinaryIO], None]) -> None:
    """Write `path` so that nobody ever sees half of it: a crash or a full disk leaves what was there before.

    `content` is the bytes, or a function that writes them to the open file it is given. Missing parent
    folders are made, a link is followed, and a device or pipe is written to as it stands. Raises OSError as the
    system raised it, with `path` as the file's name.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:  # /dev/stdout is not to be replaced by a file
                _fill(file, content)
        else:
            _replace(Path(os.path.realpath(path)), content)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error  # not that of a temporary file


def _replace(path: Path, content: bytes | Callable[[BinaryIO], None]) -> None:
    with contextlib.suppress(FileExistsError):  # no folder: the next line says so
        path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            _fill(file, content)
            os.chmod(name, 0o666 & ~_umask())  # mkstemp makes it 0600; a file of ours is an ordinary file
            os.fsync(file.fileno())
        _sync_folder(path.parent)
        os.replace(name, path)
        _sync_folder(path.parent)  # or a loss of power may undo the rename
    finally:
        with contextlib.suppress(OSError):  # it is gone already, unless something went wrong
            os.unlink(name)


@contextlib.contextmanager
def held(path: Path, refusal: Callable[[], Exception]) -> Iterator[None]:
    """Hold the lock file `path`, which is made. A process that ends, however it ends, lets go of it.

    Raises what `refusal` gives where another process holds it; OSError as the system raised it; ImportError where the
    package filelock is not installed.
    """
    import filelock

    lock = filelock.FileLock(path, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise refusal() from None
    try:
        yield
    finally:
        lock.release()


def _fill(file: BinaryIO, content: bytes | Callable[[BinaryIO], None]) -> None:
    if callable(content):
        content(file)
    else:
        file.write(content)
    file.flush()


def _sync_folder(folder: Path) -> None:
    """Have the folder's entries on the disk, where the system can do that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # some network file systems refuse to
            os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)  # the only way to read it is to set it
    os.umask(mask)
    return mask
