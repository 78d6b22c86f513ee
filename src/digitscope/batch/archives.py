"""What is in the files that hold many images: `members("shard.tar")` gives an Item for each.

Tars as WebDataset writes them, zips, and Parquet files with a column of images. A damaged archive gives what can be
read, then an Item whose content is the error.
"""

import os
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any

from digitscope.batch.places import bare, is_remote, opened
from digitscope.batch.work import Item, Stretch
from digitscope.errors import ImageError
from digitscope.reading.io.folders import ENDINGS
from digitscope.reading.io.images import reason

TARS = (".tar",)
STREAMS = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
ZIPS = (".zip",)
TABLES = (".parquet",)
ARCHIVES = (*TARS, *STREAMS, *ZIPS, *TABLES)

Kind = Callable[[str, IO[bytes], str | None], Iterator[Item]]

MEMBER_BYTES = 100_000_000  # a member of a compressed archive is in memory, as are others that wait
ROWS = 64  # of a Parquet file that are in memory
IMAGE_COLUMNS = ("image", "img", "images", "png", "jpg", "jpeg", "bytes")


def members(path: str, *, column: str | None = None) -> Iterator[Item]:
    """The images and documents of an archive in its own order; the file itself where it is none.

    Args:
        path: a file, told by its ending.
        column: which column of a Parquet file has the images; by default one with a usual name, or the only binary one.
    """
    kind = next((kind for endings, kind in KINDS.items() if bare(path).endswith(endings)), None)
    if kind is None:
        yield Item(path)
        return
    try:
        with opened(path) as file:
            yield from kind(path, file, column)
    except ImageError as error:
        yield Item(path, content=error)
    except Exception as error:  # on damaged archives, zipfile, tarfile and pyarrow raise almost anything
        yield Item(path, content=_damaged(path, reason(error), kind))


def count(path: str, *, column: str | None = None) -> int | None:
    """How many items `members` gives; None where all of the archive, or a store, would have to be read for it."""
    name = bare(path)
    if not name.endswith(ARCHIVES):
        return 1
    if is_remote(path) or name.endswith(STREAMS):
        return None
    if not name.endswith(TABLES):
        return sum(1 for _ in members(path))  # from the tar's headers or the zip's directory
    try:
        with opened(path) as file:
            return _rows(path, file, column)[0].metadata.num_rows
    except Exception:  # then the error is the only item
        return 1


def _in_tar(path: str, file: IO[bytes], column: str | None) -> Iterator[Item]:
    """The members' places; those who read them open the tar again."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:") as archive:
        while (member := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # it would keep them all
            if _readable(member):
                place = Stretch(member.offset_data, member.size)
                yield Item(path, member.name, _too_large(path, member.name, member.size) or place)
        end = archive.offset
    file.seek(min(end, size))
    if file.read(512).strip(b"\0"):  # tarfile ends silently at a header that it cannot read
        raise _damaged(path, f"no member begins at byte {end:,}", _in_tar)


def _in_stream(path: str, file: IO[bytes], column: str | None) -> Iterator[Item]:
    """The members of a compressed tar, which can only be read from its start to its end."""
    with tarfile.open(fileobj=file, mode="r|*") as archive:
        while (member := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]
            if _readable(member):
                yield Item(path, member.name, _too_large(path, member.name, member.size) or _content(archive, member))


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], bytes]:
    def load() -> bytes:
        content = archive.extractfile(member)
        return content.read() if content else b""

    return load


def _readable(member: tarfile.TarInfo) -> bool:
    return member.isreg() and _is_image(member.name)


def _is_image(name: str) -> bool:
    return name.lower().endswith(ENDINGS) and not os.path.basename(name).startswith(".")


def _in_zip(path: str, file: IO[bytes], column: str | None) -> Iterator[Item]:
    """The members' bytes; what is in the zip's directory is held in memory, about a kilobyte for each."""
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if _is_image(member.filename):
                too_large = _too_large(path, member.filename, member.file_size)
                yield Item(path, member.filename, too_large or _unzipped(archive, member))


def _unzipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    return lambda: archive.read(member)


def _in_table(path: str, file: IO[bytes], column: str | None) -> Iterator[Item]:
    """The images of a Parquet file's column: bytes, or a struct with them as Hugging Face's data sets have it."""
    import pyarrow as pa

    table, chosen = _rows(path, file, column)
    row = 0
    for batch in table.iter_batches(batch_size=ROWS, columns=[chosen]):
        images = batch.column(0)
        for image in images.field("bytes") if pa.types.is_struct(images.type) else images:
            yield Item(path, str(row), _checked(path, row, image.as_py()))
            row += 1


def _rows(path: str, file: IO[bytes], column: str | None) -> tuple[Any, str]:
    """A pyarrow ParquetFile, and its column of images."""
    from pyarrow import parquet

    table = parquet.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
    schema = table.schema_arrow
    chosen = column or image_column(schema)
    if chosen is None or chosen not in schema.names or not _holds_bytes(schema.field(chosen).type):
        holding = [field.name for field in schema if _holds_bytes(field.type)]
        expected = f"one of {', '.join(holding)}" if holding else "a column of bytes"
        raise ImageError(
            f"The Parquet file has no such column of images. Expected {expected}. "
            f"Received: column={chosen!r}, path={path!r}"
        )
    return table, chosen


def image_column(schema: Any) -> str | None:
    """The column that has the images: one with a usual name, or the only one with bytes."""
    holding = [field.name for field in schema if _holds_bytes(field.type)]
    usual = [name for name in IMAGE_COLUMNS if name in holding]
    return usual[0] if usual else holding[0] if len(holding) == 1 else None


def _holds_bytes(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return kind.get_field_index("bytes") >= 0 and _holds_bytes(kind.field("bytes").type)
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _checked(path: str, row: int, image: bytes | None) -> bytes | ImageError:
    if image is None:
        return ImageError(f"The row has no image. Expected bytes. Received: null, path={path!r}, row={row}")
    return _too_large(path, str(row), len(image)) or image


def _too_large(path: str, name: str, size: int) -> ImageError | None:
    if size <= MEMBER_BYTES:
        return None
    return ImageError(
        f"The member is too large. Expected at most {MEMBER_BYTES:,} bytes. "
        f"Received: {size:,} bytes, path={path!r}, member={name!r}"
    )


def _damaged(path: str, why: str, kind: Kind) -> ImageError:
    before = " What is before that is read." if kind in (_in_tar, _in_stream) else ""
    return ImageError(
        f"The archive is damaged: {why}.{before} Expected a whole tar, zip or Parquet file. Received: path={path!r}"
    )


KINDS: dict[tuple[str, ...], Kind] = {
    TARS: _in_tar,
    STREAMS: _in_stream,
    ZIPS: _in_zip,
    TABLES: _in_table,
}
