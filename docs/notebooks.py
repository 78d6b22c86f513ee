"""tutorial/*.py → the pages that Sphinx builds, and notebooks to download: `write(source, pages=…, downloads=…)`."""

import re
import shutil
from pathlib import Path

import jupytext
from nbformat.v4 import new_markdown_cell

PAGE_LINK = re.compile(r"\]\((\d\d_\w+)\.py\)")
OTHER_LINK = re.compile(r"\[([^\]]+)\]\(\.\./[^)]+\)")
FRAME = re.compile(r"\n*<iframe .*?</iframe>", re.DOTALL)  # the site's own page, which no notebook has beside it
NEEDS = (
    "*A page of digitscope's tutorial. To run it, install digitscope with its training extra: "
    "`pip install '.[train]'` in a clone of the repository.*"
)


def write(source: Path, *, pages: Path, downloads: Path) -> None:
    """Write each page of the folder `source` to both folders, which are emptied first."""
    for folder in (pages, downloads):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for path in sorted(source.glob("*.py")):
        text = path.read_text()
        (pages / path.name).write_text(with_download(text, f"../_generated/notebooks/{path.stem}.ipynb"))
        (downloads / f"{path.stem}.ipynb").write_text(as_notebook(text))


def with_download(text: str, target: str) -> str:
    """The page with a link to its notebook under the title."""
    link = f"# {{download}}`Download this page as a notebook <{target}>`"
    return re.sub(r"(?m)^# # .+$", lambda title: f"{title[0]}\n#\n{link}", text, count=1)


def as_notebook(text: str) -> str:
    """The page as a notebook; its links lead to the other notebooks, or nowhere where they leave the tutorial."""
    notebook = jupytext.reads(text, fmt="py:percent")
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = FRAME.sub("", OTHER_LINK.sub(r"\1", PAGE_LINK.sub(r"](\1.ipynb)", cell.source)))
    notebook.cells.insert(1, new_markdown_cell(NEEDS))
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index}"  # not random, so that each build writes the same file
    notebook.metadata["language_info"] = {"name": "python"}
    return str(jupytext.writes(notebook, fmt="ipynb"))
