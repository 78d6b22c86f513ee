"""How the site is built: `make docs`. The tutorial is executed, figures are read from benchmarks/results."""

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(DOCS))

import docstrings  # noqa: E402
import notebooks  # noqa: E402
import offline  # noqa: E402

import digitscope  # noqa: E402
import results  # noqa: E402
from digitscope.web import playground  # noqa: E402

project = "digitscope"
author = "The digitscope authors"
copyright = "The digitscope authors. MNIST: LeCun, Cortes, Burges, CC BY-SA 3.0"
release = version = digitscope.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "myst-nb", ".py": "myst-nb", ".rst": "restructuredtext"}
exclude_patterns = [
    "_build",
    "_generated",
    "jupyter_execute",
    "pictures/*.py",
    *(path.name for path in DOCS.glob("*.py")),
]
nitpicky = False

# The tutorial lies where people look for it, and is built from a copy: Sphinx reads one folder only.
notebooks.write(ROOT / "tutorial", pages=DOCS / "tutorial", downloads=DOCS / "_generated" / "notebooks")
results.write(ROOT / "benchmarks" / "results", DOCS / "_generated" / "results.md")

playground.write(DOCS / "_generated" / "site" / "playground.html")  # the tutorial's pages show parts of it

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "force"
nb_execution_timeout = 1800  # a cell that trains, on a machine with other work
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True
nb_render_markdown_format = "myst"  # with tables
nb_output_stderr = "remove"  # TensorFlow greets at length

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_default_options = {"members": True}
napoleon_numpy_docstring = False
add_module_names = False
default_role = "code"

html_theme = "furo"
html_title = "digitscope"
html_static_path = ["_static"]
html_extra_path = ["_generated/site"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1d4f8a", "color-brand-content": "#2563a8"},
    "dark_css_variables": {"color-brand-primary": "#8bb8ec", "color-brand-content": "#8bb8ec"},
}

linkcheck_timeout = 20
linkcheck_retries = 2
linkcheck_anchors = False


def setup(app: object) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", docstrings.convert, priority=400)  # before napoleon
    app.connect("build-finished", offline.check)
