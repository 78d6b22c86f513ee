"""Files on this machine and on object stores under one kind of name: `opened("s3://bucket/scan.png")`."""

import functools
import io
import re
from typing import IO, TYPE_CHECKING, Any

from digitscope.errors import ImageError, MissingExtraError, UsageError
from digitscope.reading.io.images import reason, regular_file

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

ADDRESS = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]+)://([^/?]*)(.*?)(\?[a-z_]+=[^?]*)?", re.DOTALL
)  # scheme, bucket, key, options
STORES = ("s3", "gs")
READ_AHEAD = 1 << 20  # bytes that one request to an object store asks for


def is_remote(path: str) -> bool:
    """Whether it names an object on a store: s3://bucket/key."""
    return ADDRESS.fullmatch(path) is not None


def bare(path: str) -> str:
    """A path or an address without its options, in small letters: what its ending is told from."""
    match = ADDRESS.fullmatch(path)
    return (path.removesuffix(match[4] or "") if match else path).lower()


def opened(path: str) -> IO[bytes]:
    """A file open for reading, which can seek.

    Raises:
        ImageError: it is not there, or cannot be opened.
    """
    if not is_remote(path):
        return regular_file(path)
    files, key, _ = store(path)
    try:
        raw: Any = files.open_input_file(key)
        return io.BufferedReader(raw, READ_AHEAD)
    except OSError as error:
        what = "There is no such object" if isinstance(error, FileNotFoundError) else "The object cannot be opened"
        raise ImageError(f"{what}: {reason(error)}. Expected one that can be read. Received: path={path!r}") from error


def store(path: str) -> tuple["FileSystem", str, str]:
    """The object store of an address, the path in it, and what turns such a path into an address again.

    Raises:
        UsageError: it is no address of a store that is known, or it holds a password.
    """
    match = ADDRESS.fullmatch(path)
    scheme, bucket, key, query = match.groups() if match else ("", "", "", "")
    if scheme not in STORES or not bucket:
        raise UsageError(
            f"The address leads to no object store. Expected {' or '.join(f'{name}://BUCKET/KEY' for name in STORES)}. "
            f"Received: path={path!r}"
        )
    if "@" in bucket:
        raise UsageError(
            "The address holds a password, which would be in every row. Expected it in the environment "
            f"(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY). Received: path={scheme}://...@{bucket.rpartition('@')[2]}"
        )
    return _connection(scheme, bucket, query or ""), bucket + key, scheme + "://{}" + (query or "")


@functools.cache
def _connection(scheme: str, bucket: str, query: str) -> "FileSystem":
    """One connection for each bucket and process."""
    try:
        from pyarrow.fs import FileSystem
    except ImportError as error:
        raise MissingExtraError("Reading from object stores", "batch") from error
    try:
        return FileSystem.from_uri(f"{scheme}://{bucket}{query}")[0]
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The object store cannot be reached: {reason(error)}. Expected a bucket that may be read. "
            f"Received: bucket={bucket!r}"
        ) from error
