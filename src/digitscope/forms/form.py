"""Forms read by field: `Form("exam.toml").read("scan.pdf")`.

A page is compared with every page of every template and taken for the one whose print it shows most of. Pages of one
template that follow each other in a document are one form, until a page comes that it already has.
"""

import contextlib
import functools
import hashlib
import itertools
import os
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image as PilImage

from digitscope.arrays import Doubles, Image
from digitscope.errors import ImageError, UsageError
from digitscope.forms.field import Field
from digitscope.forms.fields import read_fields
from digitscope.forms.handwriting import Handwriting
from digitscope.forms.registration import Registration, Scan, Target, match, refine
from digitscope.forms.result import FieldReading, FormReading, Status
from digitscope.forms.template import Template, load_template
from digitscope.reading.io.images import MAX_PIXELS, PageImage, Source, name_of, open_pages, read_all, regular_file
from digitscope.reading.pool import Model, process
from digitscope.reading.reader import Recognizer

TRIED = 3  # templates' pages that most features agree with: they are compared in full
CLEAR = 4.0  # times as many features agree as with the next: that one alone is


@dataclass(frozen=True, eq=False)
class Known:
    """A page of a template, counted from 1, and what scans are compared with."""

    template: Template
    page: int
    target: Target


class Form:
    """One template or several, ready to read scans: load once, use often. Safe to share between threads.

    Args:
        templates: paths of templates, or templates.
        model: reads the digits: a shipped model's name, the path of a model file, or a Recognizer.

    Raises:
        TemplateError: a template or its blank cannot be used, or two have the same name.
        UsageError: there is no template, or no such model.
        ModelFileError: the model's file breaks its contract.
    """

    def __init__(
        self,
        *templates: str | os.PathLike[str] | Template,
        model: str | os.PathLike[str] | Recognizer | None = None,
    ) -> None:
        if not templates:
            raise UsageError("There is no template. Expected the path of one. Received: templates=()")
        self.templates = tuple(one if isinstance(one, Template) else load_template(one) for one in templates)
        names = [template.name for template in self.templates]
        if len(set(names)) < len(names):
            raise UsageError(f"Two templates have the same name. Expected names that differ. Received: names={names}")
        self._reader = model if isinstance(model, Recognizer) else Recognizer(model)
        self._known = [
            Known(template, number, Target.of(page, _corners(template.on_page(number))))
            for template in self.templates
            for number, page in enumerate(template.pages, 1)
        ]

    def __repr__(self) -> str:
        return f"Form({', '.join(repr(template.name) for template in self.templates)})"

    def read(self, source: Source, *, max_pixels: int = MAX_PIXELS) -> tuple[FormReading, ...]:
        """The forms of a scan, photo or document, in order: one for each copy, and one for each page that is none.

        Args:
            source: as for `digitscope.read`.
            max_pixels: refuse larger pages.

        Raises:
            ImageError: the source cannot be opened as an image or document.
        """
        content, digest = _opened(source)
        name = name_of(source)
        forms: list[FormReading] = []
        own: dict[int, list[FieldReading]] = {}  # of the form that is being collected: its pages' fields
        pages: list[int] = []
        template: Template | None = None

        def finish() -> None:
            if template is not None:
                forms.append(_collected(template, own, pages, name, digest, len(forms)))

        for number, pixels in enumerate(open_pages(content, max_pixels=max_pixels)):
            known, readings = self.read_page(pixels, page=number)
            if known is None:
                finish()
                template, own, pages = None, {}, []
                forms.append(self._none(name, digest, len(forms), number))
                continue
            if template is not known.template or known.page in own:
                finish()
                template, own, pages = known.template, {}, []
            own[known.page] = readings
            pages.append(number)
        finish()
        return tuple(forms)

    def read_page(self, pixels: Image, *, page: int = 0) -> tuple[Known | None, list[FieldReading]]:
        """The page of a template that an image shows, and its fields; None and no field where it shows none."""
        scan = Scan(pixels)
        known, found = self.find(scan)
        if known is None or found is None:
            return None, []
        fields = known.template.on_page(known.page)
        if not fields:
            return known, []
        written = Handwriting.of(known.target, scan, found, fields)
        size = (int(pixels.shape[1]), int(pixels.shape[0]))
        return known, read_fields(fields, written, found, self._reader, page=page, size=size)

    def find(self, scan: Scan) -> tuple[Known | None, Registration | None]:
        """Which page of which template a scan shows, and how it lies; None, None where it shows none."""
        matched = [(known, first) for known in self._known if (first := match(known.target, scan))]
        matched.sort(key=lambda pair: -pair[1].inliers)
        best: tuple[Known | None, Registration | None] = (None, None)
        for known, first in matched[:TRIED]:
            if best[1] is not None and CLEAR * first.inliers < best[1].inliers:
                break
            found = refine(known.target, scan, first)
            if found is not None and (best[1] is None or found.share > best[1].share):
                best = known, found
        return best

    def _none(self, name: str | None, digest: str | None, form: int, page: int) -> FormReading:
        """The row of a page that is none of the templates'."""
        return not_read(self.templates, name, digest, form=form, pages=(page,))


def _corners(fields: Sequence[Field]) -> Doubles:
    """The corners of all boxes and cells, float64 [N, 2], each once."""
    boxes = {box for field in fields for box in (field.box, *field.cells)}
    corners = {(x + right * w, y + low * h) for x, y, w, h in boxes for right in (0, 1) for low in (0, 1)}
    return np.array(sorted(corners), np.float64).reshape(-1, 2)


def read_forms(
    templates: Sequence[str | os.PathLike[str]], sources: Iterable[str], *, jobs: int = 1, model: Model = None,
    max_pixels: int = MAX_PIXELS,
) -> Generator[tuple[FormReading, ...], None, None]:  # fmt: skip
    """The forms of many scans, by several processes, in order; of a scan that cannot be opened, a row that says why.

    Args:
        templates: paths.
        sources: paths of scans and documents.
        jobs: how many processes.
        model: as for `Form`.
        max_pixels: refuse larger pages.

    Raises:
        As `Form` does.
    """
    reader = Recognizer(model)
    form = Form(*templates, model=reader)
    paths = tuple(os.fspath(template) for template in templates)
    work = functools.partial(_read_one, form if jobs == 1 else paths, max_pixels)
    given, waiting = itertools.tee(sources)
    with contextlib.closing(process(reader, work, given, jobs=jobs)) as found:
        for source, result in zip(waiting, found, strict=True):
            if isinstance(result, ImageError):
                result = (not_read(form.templates, name_of(source), None, error=str(result)),)
            yield result


def _read_one(
    templates: "Form | tuple[str, ...]", max_pixels: int, reader: Recognizer, source: str
) -> tuple[FormReading, ...]:
    form = templates if isinstance(templates, Form) else form_of(templates, reader)
    return form.read(source, max_pixels=max_pixels)


@functools.lru_cache(maxsize=1)
def form_of(templates: tuple[str, ...], reader: Recognizer) -> Form:
    """The form of these paths and this reader, which is kept: one for each process."""
    return Form(*templates, model=reader)


def not_read(
    templates: Sequence[Template], source: str | None, sha256: str | None, *, form: int = 0,
    pages: tuple[int, ...] = (), error: str | None = None,
) -> FormReading:  # fmt: skip
    """The row of a page that is no form, or of a scan that could not be opened: no field has a value."""
    page = pages[0] if pages else None
    names = {field.name: field for template in templates for field in template.fields}
    fields = tuple(
        FieldReading(name, None, 0.0, "not this form", page, expect=field.expect) for name, field in names.items()
    )
    return FormReading(source, sha256, form, None, pages, fields, error)


def _collected(
    template: Template, own: dict[int, list[FieldReading]], pages: Sequence[int], name: str | None,
    digest: str | None, form: int,
) -> FormReading:  # fmt: skip
    """A form of the fields that were read; those on other pages are missing."""
    read = {reading.name: reading for readings in own.values() for reading in readings}
    missing: Status = "missing page"
    fields = tuple(
        read.get(field.name) or FieldReading(field.name, None, 0.0, missing, expect=field.expect)
        for field in template.fields
    )
    return FormReading(name, digest, form, template.name, tuple(pages), fields)


def _opened(source: Source) -> tuple[Source, str | None]:
    """The source, to be opened once more, and the SHA-256 of its bytes, None where it has none."""
    if isinstance(source, str | os.PathLike):
        with regular_file(os.fspath(source)) as file:
            return source, hashlib.file_digest(file, "sha256").hexdigest()
    if not isinstance(source, bytes | bytearray | memoryview):
        if isinstance(source, np.ndarray | PilImage.Image | PageImage):
            return source, None
        source = read_all(source)
    return source, hashlib.sha256(source).hexdigest()
