"""The tutorial's pages: notebooks in disguise."""

import ast
import importlib.util
import itertools
import re
import sys
from pathlib import Path

import jupytext
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import notebooks  # noqa: E402

PAGES = sorted((ROOT / "tutorial").glob("*.py"))


def test_there_are_ten_pages():
    assert [page.name[:2] for page in PAGES] == [f"{number:02}" for number in range(1, 11)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_becomes_a_notebook_and_comes_back(page: Path):
    notebook = jupytext.read(page)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert {"markdown", "code"} <= set(kinds)
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    there_and_back = jupytext.reads(jupytext.writes(notebook, fmt="ipynb"), fmt="ipynb")
    again = jupytext.reads(jupytext.writes(there_and_back, fmt="py:percent"), fmt="py:percent")
    assert [(cell.cell_type, cell.source) for cell in again.cells] == [
        (cell.cell_type, cell.source) for cell in notebook.cells
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_imports_from_digitscope_is_there(page: Path):
    for node in ast.walk(ast.parse(page.read_text())):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "digitscope":
            module = importlib.import_module(str(node.module))
            for name in (alias.name for alias in node.names):
                assert hasattr(module, name) or importlib.util.find_spec(f"{node.module}.{name}"), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_between_pages_lead_somewhere(page: Path):
    links = re.findall(r"\]\(((?!http)[^)#]+)", page.read_text())
    for link in links:
        target = page.parent / link if not link.startswith("../") else ROOT / "docs" / link.removeprefix("../")
        assert target.is_file(), link


def test_each_page_leads_to_the_next():
    for page, following in itertools.pairwise(PAGES):
        assert following.name in page.read_text(), page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_ends_with_exercises_whose_answers_fold_out(page: Path):
    exercises = page.read_text().split("# ## Exercises")[-1]
    assert 2 <= exercises.count("<summary>Answer</summary>") == exercises.count("# </details>") <= 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_notebook_to_download_links_only_to_other_notebooks(page: Path):
    text = "\n".join(cell["source"] for cell in jupytext.reads(notebooks.as_notebook(page.read_text()), "ipynb").cells)
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", text)
    assert {Path(link).stem for link in links} <= {page.stem for page in PAGES}
    assert all(link.endswith(".ipynb") for link in links)


def test_the_page_offers_its_notebook_under_the_title():
    page = notebooks.with_download("# # A title\n#\n# Text\n", "there.ipynb")
    assert page == "# # A title\n#\n# {download}`Download this page as a notebook <there.ipynb>`\n#\n# Text\n"
