"""The images of a folder: `image_files("scans")`."""

import os
import re
from pathlib import Path

from digitscope.errors import ImageError

IMAGES = (".jpg", ".jpeg", ".jpe", ".png", ".gif", ".bmp", ".dib", ".webp", ".ppm", ".pgm", ".pbm", ".pnm")
DOCUMENTS = (".tif", ".tiff", ".pdf")
ENDINGS = (*IMAGES, *DOCUMENTS, ".heic", ".heif", ".avif")


def image_files(path: str | os.PathLike[str]) -> list[str]:
    """The path itself, or where it is a folder, the images in it: 2.png before 10.png, hidden ones left out.

    Raises:
        ImageError: the folder holds no image, or may not be listed.
    """
    folder = Path(path)
    if not folder.is_dir():
        return [os.fspath(path)]
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.is_file()]
    except OSError as error:
        raise ImageError(
            f"The folder cannot be listed: {error.strerror}. Expected permission to. Received: path={str(folder)!r}"
        ) from error
    images = [name for name in names if name.lower().endswith(ENDINGS) and not name.startswith(".")]
    if not images:
        raise ImageError(
            f"The folder holds no image. Expected files that end in {' '.join(ENDINGS)}. "
            f"Received: path={str(folder)!r} with {len(names)} files"
        )
    return [str(folder / name) for name in sorted(images, key=natural)]


def natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """A key that sorts numbers by their value."""
    parts = [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name.lower())]
    return parts, name
