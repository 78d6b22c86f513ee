"""A made form, filled three times, as a user has it: the blank, the template and the scans."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitscope.forms.form import Form
from digitscope.forms.toml import template_text
from digitscope.synthesis.forms import FilledForm, fill
from digitscope.synthesis.forms.blank import design
from digitscope.synthesis.pages import pool

SHEET = 11


@dataclass(frozen=True)
class Stack:
    folder: Path
    filled: tuple[FilledForm, ...]

    @property
    def template(self) -> Path:
        return self.folder / "exam.toml"

    def scan(self, number: int) -> Path:
        return self.folder / f"{number}.png"


@pytest.fixture(scope="session")
def stack(tmp_path_factory) -> Stack:
    folder, sheet = tmp_path_factory.mktemp("stack"), design(np.random.default_rng(SHEET))
    template = sheet.template(150)
    cv2.imwrite(str(folder / "blank.png"), template.pages[0][..., ::-1])
    (folder / "exam.toml").write_text(template_text(template.fields, ["blank.png"]), encoding="utf-8")
    filled = tuple(
        fill(sheet, *pool("dev"), np.random.default_rng([9, n]), kind=kind) for n, kind in enumerate(("scan", "photo"))
    )
    for number, form in enumerate(filled):
        cv2.imwrite(str(folder / f"{number}.png"), form.image[..., ::-1])
    (folder / "truth.json").write_text(json.dumps([form.values for form in filled]))
    return Stack(folder, filled)


@pytest.fixture(scope="session")
def form(stack) -> Form:
    return Form(stack.template)


@pytest.fixture(scope="session")
def read(stack, form):
    """What is read on each scan."""
    return [form.read(stack.scan(number))[0] for number in range(len(stack.filled))]
