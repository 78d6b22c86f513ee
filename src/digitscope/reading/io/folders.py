"""The images of a folder and of its subfolders: `image_files("scans")`."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from digitscope.errors import ImageError

ENDINGS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".dib", ".webp", ".ppm", ".pgm", ".pbm", ".pnm"),
    *(".tif", ".tiff", ".pdf", ".heic", ".heif", ".avif"),
)


def image_files(
    path: str | os.PathLike[str], *, onerror: Callable[[str, ImageError], object] | None = None
) -> Iterator[str]:
    """The path itself, or where it is a folder, the images in it and in its subfolders.

    Of each folder first its own images, then its subfolders; 2.png before 10.png. Hidden files and folders are left
    out. Links are followed, but no folder is entered twice, so a link that leads back ends nowhere. A link that leads
    to nothing is listed: opening it says so.

    Args:
        path: a file or a folder.
        onerror: what to do about a subfolder that may not be listed, given its path and the error; raise it by default.

    Raises:
        ImageError: the folder holds no image, or may not be listed.
    """
    folder = os.fspath(path)
    if not os.path.isdir(folder):
        yield folder
        return
    empty = True
    for image in _below(folder, onerror):
        empty = False
        yield image
    if empty:
        raise ImageError(
            f"The folder and its subfolders hold no image. Expected files that end in {' '.join(ENDINGS)}. "
            f"Received: path={folder!r}"
        )


def natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """A key that sorts numbers by their value."""
    parts = [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name.lower())]
    return parts, name


def _below(top: str, onerror: Callable[[str, ImageError], object] | None) -> Iterator[str]:
    """The images of a folder, then those of its subfolders."""
    entered: set[tuple[int, int]] = set()  # device and inode, which a folder keeps by whatever path it is reached
    ahead = [top]
    while ahead:
        folder = ahead.pop()
        try:
            found = Path(folder).stat()
            if (found.st_dev, found.st_ino) in entered:
                continue
            entries = _entries(folder)
        except OSError as error:
            refused = ImageError(
                f"The folder cannot be listed: {error.strerror}. Expected permission to. Received: path={folder!r}"
            )
            if onerror is None or folder == top:
                raise refused from error
            onerror(folder, refused)
            continue
        entered.add((found.st_dev, found.st_ino))
        folders = [entry.path for entry in entries if _is_folder(entry)]
        for entry in entries:
            if (
                entry.name.lower().endswith(ENDINGS)
                and not _is_folder(entry)
                and (entry.is_symlink() or entry.is_file())
            ):
                yield entry.path
        ahead += reversed(folders)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder and not hidden, in order."""
    with os.scandir(folder) as found:
        return sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda e: natural(e.name))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder or a link to one; a link that leads to itself is neither, and no error."""
    return os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()
