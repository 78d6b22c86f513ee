"""What `digitscope read` is asked to read: files in order, and under which names pictures of them are saved."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitscope.errors import ImageError, UsageError

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")  # endings of what --annotate takes for a file


@dataclass(frozen=True)
class File:
    """One file to read, or the error of a folder that could not be listed, and where pictures of it are saved."""

    path: str
    error: ImageError | None = None
    below: Path = Path()  # the folder it is in, from the one that was given
    annotated: Path | None = None
    steps: Path | None = None

    def __repr__(self) -> str:
        return f"path={self.path!r}"


def listed(sources: Sequence[str], annotate: Path | None, steps: Path | None) -> list[File]:
    """The files of all sources in order, folders listed.

    Pictures of a folder's files are saved in subfolders of the same names. The folders `annotate` and `steps` may lie
    below one that is read, and are not read themselves.

    Raises:
        UsageError: `annotate` is the name of one file, and there are several to read; or `annotate` or `steps` is a
            folder that is read, or a file where a folder is expected.
    """
    one_name = annotate is not None and annotate.suffix.lower() in PICTURES and not annotate.is_dir()
    folders = {"annotate": None if one_name else annotate, "steps": steps}
    read = [os.path.abspath(source) for source in sources]
    for option, folder in folders.items():
        if folder and folder.exists() and not folder.is_dir():
            endings = f", or a name that ends in {', '.join(PICTURES)}" if option == "annotate" else ""
            raise UsageError(
                f"The pictures cannot be saved in a file. Expected a folder{endings}. Received: {option}='{folder}'"
            )
        if folder and os.path.abspath(folder) in read:
            raise UsageError(
                "The pictures would be saved among those that are read. Expected another folder, which may lie below. "
                f"Received: {option}='{folder}'"
            )
    made = [Path(os.path.abspath(folder)) for folder in folders.values() if folder]
    files = [file for source in sources for file in in_source(source, made)]
    if one_name and len(files) > 1:
        raise UsageError(
            f"Several images cannot be saved under one name. Expected a folder. "
            f"Received: annotate='{annotate}', {len(files)} files"
        )
    taken: set[str] = set()
    named = []
    for file in files:
        name = free_name(str(file.below / ("stdin" if file.path == "-" else Path(file.path).stem)), taken)
        annotated = annotate if one_name or annotate is None else annotate / f"{name}-read.png"
        named.append(File(file.path, file.error, file.below, annotated, steps / name if steps else None))
    return named


def in_source(source: str, made: Sequence[Path]) -> Iterator[File]:
    """One file, or those of a folder but for what lies in the folders `made` below it."""
    from digitscope.reading.io.folders import image_files

    if source == "-" or not os.path.isdir(source):
        yield File(source)
        return
    top = Path(os.path.abspath(source))
    left_out = [folder for folder in made if top in folder.parents]
    unlisted: list[File] = []
    try:
        for path in image_files(source, onerror=lambda folder, error: unlisted.append(File(folder, error))):
            folder = Path(os.path.abspath(path)).parent
            if not any(other == folder or other in folder.parents for other in left_out):
                yield File(path, below=folder.relative_to(top))
    except ImageError as error:
        yield File(source, error)
    yield from unlisted


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or with a number where another file of this call has it."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free
