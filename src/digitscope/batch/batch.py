"""Any number of images → a Parquet data set: `read_into("out", ["scans", "shards/*.tar"])`."""

import contextlib
import hashlib
import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Literal, get_args

import numpy as np

from digitscope import __version__
from digitscope.batch import archives, by_form, cluster, listing, local, output
from digitscope.batch.output import Output, Place
from digitscope.batch.places import is_remote
from digitscope.batch.schema import FORMAT, SCHEMA
from digitscope.batch.work import Options, Row
from digitscope.errors import ImageError, UsageError, unknown
from digitscope.forms.form import Form, form_of
from digitscope.reading.io.images import printable
from digitscope.reading.pool import Model, cores
from digitscope.reading.reader import Recognizer

Engine = Literal["local", "ray"]
PART_SIZE = 500  # items: what a kill costs at most is reading these again


@dataclass(frozen=True)
class BatchProgress:
    """How far a batch is: items that are read, of how many where that is known, and how many have an error."""

    items: int
    total: int | None
    errors: int
    before: int  # items that were read before this run


@dataclass(frozen=True)
class Summary:
    """What a batch has read, in all and in this run; an item is an image or document."""

    out: str
    items: int
    rows: int
    errors: int
    read_now: int
    seconds: float


def read_into(
    out: str | os.PathLike[str],
    sources: Sequence[str],
    *,
    model: Model = None,
    engine: Engine = "local",
    ray_address: str | None = None,
    jobs: int | None = None,
    resume: bool = False,
    force: bool = False,
    timeout: float | None = None,
    column: str | None = None,
    forms: Sequence[str | os.PathLike[str]] = (),
    part_size: int = PART_SIZE,
    progress: Callable[[BatchProgress], object] | None = None,
    **options: Any,
) -> Summary:
    """Read all images of the sources into a folder of Parquet files, one row per page.

    Args:
        out: the folder, on this machine.
        sources: files, folders with all below them, patterns, lists of paths (.txt), tars, zips, Parquet files with a
            column of images, PDFs; here or on an object store (s3://bucket/path).
        model: a shipped model's name, or the path of a model file.
        engine: "local", the cores of this machine, or "ray".
        ray_address: a Ray cluster that runs, such as "auto"; without one, Ray starts on this machine.
        jobs: how many processes; one per core by default.
        resume: go on with what a batch with the same arguments has begun. What it has read is not read again.
        force: delete what a batch has written there.
        timeout: seconds that an image or document may take; then its row is an error.
        column: the column of images in Parquet files; by default one with a usual name, or the only one with bytes.
        forms: paths of templates: read forms by field, and write one row per form, with the columns of
            `digitscope form read` and the member of an archive.
        part_size: how many images and documents go into one Parquet file.
        progress: called after each item.
        options: those of `Recognizer.read`; with forms, `max_pixels` alone.

    Raises:
        UsageError: an argument is not as described.
        TemplateError: a template cannot be used.
        BatchError: a source is not there, or the output is in use, of another batch, or cannot be written.
        ModelFileError: the file breaks the model file's contract.
    """
    began = time.perf_counter()
    if jobs is not None and jobs < 1:
        raise UsageError(f"There must be a process that reads. Expected at least 1. Received: jobs={jobs!r}")
    if timeout is not None and timeout <= 0:
        raise UsageError(f"The time limit allows no image. Expected seconds above 0. Received: timeout={timeout!r}")
    if part_size < 1:
        raise UsageError(f"A part must hold an image. Expected at least 1. Received: part_size={part_size!r}")
    if engine not in get_args(Engine):
        raise unknown("engine", engine, get_args(Engine))
    if ray_address is not None and engine != "ray":
        raise UsageError(
            f"Only Ray has a cluster. Expected engine='ray' with it. Received: ray_address={ray_address!r}, "
            f"engine={engine!r}"
        )
    if resume and force:
        raise UsageError("An output is continued or replaced. Expected --resume or --force. Received: both")
    folder = _folder(out)
    reader = Recognizer(model)
    _check(reader, options)
    templates = tuple(os.path.abspath(path) for path in forms)
    form = _form(templates, reader, options) if templates else None
    job = {
        "digitscope": __version__,
        "format": FORMAT,
        "sources": [printable(source) for source in sources],
        "below": printable(os.getcwd()) if any(not _is_absolute(source) for source in sources) else None,
        "model": _identity(reader),
        "column": column,
        "part_size": part_size,
        "options": options,
        "forms": None if form is None else by_form.identity(form),
    }

    def listed() -> Iterator[listing.Entry]:
        return listing.files(sources, leave_out=folder)

    with output.held(folder):
        schema = SCHEMA if form is None else by_form.schema(form)
        target = output.opened(folder, job, listed, resume=resume, force=force, schema=schema)
        before = sum(part.items for part in target.parts.values())
        if not target.done:
            how = Options(options, timeout, templates)
            if engine == "ray":
                read = cluster.read(model, how, target.items(), jobs=jobs, address=ray_address, column=column)
            else:
                read = local.read(reader, how, target.items(), jobs=jobs or cores())
            with contextlib.closing(read) as results:
                _write_parts(target, _counted(results, target, progress))
            target.finish()
    totals = target.manifest
    return Summary(
        os.fspath(out),
        totals["items"],
        totals["rows"],
        totals["errors"],
        totals["items"] - before,
        round(time.perf_counter() - began, 3),
    )


def _write_parts(target: Output, results: Iterator[tuple[Place, list[Row]]]) -> None:
    """Write results that come in order."""
    for number, part in itertools.groupby(results, lambda result: result[0].number // target.part_size):
        target.write(number, part)


def _counted(
    results: Iterator[tuple[Place, list[Row]]], target: Output, progress: Callable[[BatchProgress], object] | None
) -> Iterator[tuple[Place, list[Row]]]:
    """The results, each of which is reported."""
    total = _counting(target) if progress else None
    items = before = sum(part.items for part in target.parts.values())
    errors = sum(part.errors for part in target.parts.values())
    for place, rows in results:
        items += 1
        errors += any(row.get("error") is not None for row in rows)
        if progress and total:
            known = total()
            progress(BatchProgress(items, None if known is None else max(known, items), errors, before))
        yield place, rows


def _counting(target: Output) -> Callable[[], int | None]:
    """What says how many items the batch has: with archives, None until they are counted, or where they cannot be.

    They are counted meanwhile, as there may be millions in tars.
    """
    if not target.manifest["archives"]:
        return lambda: target.manifest["files"]
    totals: list[int] = []
    column = target.manifest["job"]["column"]

    def count() -> None:
        total = 0
        for entry in output.entries(target.folder):
            items = 1 if entry.error is not None else archives.count(entry.path, column=column)
            if items is None:
                return
            total += items
        totals.append(total)

    Thread(target=count, daemon=True).start()
    return lambda: totals[0] if totals else None


def _folder(out: str | os.PathLike[str]) -> Path:
    path = os.fspath(out)
    if is_remote(path):
        raise UsageError(
            "The output cannot be on an object store: a part could not be written whole. Expected a folder on this "
            f"machine; copy it afterwards. Received: out={path!r}"
        )
    if os.path.exists(path) and not os.path.isdir(path):
        raise UsageError(f"The output is a file. Expected a folder. Received: out={path!r}")
    return Path(path)


def _is_absolute(source: str) -> bool:
    return is_remote(source) or os.path.isabs(source)


def _check(reader: Recognizer, options: dict[str, Any]) -> None:
    """Let the reader refuse wrong options now, not once per image."""
    with contextlib.suppress(ImageError):  # a region need not lie on this image
        next(reader.pages(np.zeros((28, 28), np.uint8), **options))


def _form(templates: tuple[str, ...], reader: Recognizer, options: dict[str, Any]) -> Form:
    """The templates, if nothing is asked of them that concerns pages."""
    others = {name: value for name, value in options.items() if name != "max_pixels" and value not in (None, "auto")}
    if others:
        raise UsageError(
            "With a template, forms are read and not pages. Expected no other option than the largest size. "
            f"Received: {', '.join(f'{name}={value!r}' for name, value in others.items())}"
        )
    return form_of(templates, reader)


def _identity(reader: Recognizer) -> dict[str, str]:
    """What tells one model file from another."""
    content = Path(reader.model.path).read_bytes()
    return {"name": reader.model.name, "sha256": hashlib.sha256(content).hexdigest()}
