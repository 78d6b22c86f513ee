"""Imports go one way, from the rooms above to those below, and no two files import each other.

Every import statement counts: those at the top of a file, those inside functions and those for type checkers only.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

SOURCE = Path(__file__).parents[1] / "src"
BASE = {"errors", "files", "arrays", "statistics", "processes"}
READING = BASE | {"mnist", "models", "reading"}
TRAINING = READING | {"synthesis", "training"}
BELOW = {  # each room, and the rooms it may import from beside itself
    "errors": set(),
    "moved": set(),
    "arrays": set(),
    "files": {"errors"},
    "statistics": {"errors", "arrays"},
    "processes": set(),
    "mnist": BASE,
    "models": BASE,
    "reading": BASE | {"mnist", "models"},
    "explanation": READING,
    "forms": READING,
    "synthesis": READING | {"forms"},  # templates, which made forms are filled by
    "training": READING | {"synthesis"},
    "evaluation": TRAINING,
    "experiments": TRAINING | {"evaluation"},
    "web": READING | {"explanation"},
    "batch": READING | {"forms"},
    "editor": READING | {"web", "forms"},
    "review": READING | {"web", "forms", "batch"},
    "cli": TRAINING | {"evaluation", "experiments", "explanation", "web", "forms", "batch", "editor", "review"},
    "__main__": {"cli"},
    "digitscope": {"moved", "mnist", "models", "reading", "explanation", "forms"},  # the last five when a name is used
}
NEEDS_THE_TRAIN_EXTRA = {"synthesis", "training", "experiments"}
NEEDS_THE_WEB_EXTRA = {"web", "editor", "review"}
FRAMEWORKS = {"keras", "tensorflow", "tf2onnx", "torch", "jax", "scipy", "matplotlib", "HersheyFonts"}


@dataclass(frozen=True)
class Import:
    """One imported module, and where in which file the statement stands."""

    file: str  # as a module's name
    line: int
    module: str
    where: Literal["top", "function", "typing"]

    @property
    def room(self) -> str:
        return room(self.file)

    @property
    def target(self) -> str:
        return room(self.module)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module} ({self.where})"


def room(module: str) -> str:
    """The package or module below digitscope that a module belongs to."""
    return [*module.split("."), "digitscope"][1]


FILES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(SOURCE.rglob("*.py"))
}


def statements(node: ast.AST, where: Literal["top", "function", "typing"] = "top") -> Iterator[tuple[ast.stmt, str]]:
    """Every import statement below `node`, and where it stands."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, where
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from statements(child, "typing")
        else:
            yield from statements(child, "function" if isinstance(child, ast.FunctionDef) else where)


def imports_of(file: str, text: str) -> Iterator[Import]:
    """What `text` imports. `from a import b` is the module a.b where there is one, and the module a elsewhere."""
    for statement, where in statements(ast.parse(text)):
        if isinstance(statement, ast.ImportFrom):
            assert not statement.level, f"{file}:{statement.lineno} is a relative import"
            names = {f"{statement.module}.{alias.name}" for alias in statement.names}
            modules = {name if name in FILES else statement.module for name in names}
        else:
            modules = {alias.name for alias in statement.names}
        yield from (Import(file, statement.lineno, module, where) for module in sorted(modules))


IMPORTS = [found for file, path in FILES.items() for found in imports_of(file, path.read_text())]
OURS = [one for one in IMPORTS if one.module.split(".")[0] == "digitscope"]


def circles(imports: list[Import]) -> list[list[str]]:
    """The groups of files that import each other, be it by way of others."""
    direct = {file: {one.module for one in imports if one.file == file} for file in FILES}

    def reached(file: str) -> set[str]:
        found, ahead = set(), [file]
        while ahead:
            ahead += [step for step in direct.get(ahead.pop(), ()) if step not in found and not found.add(step)]
        return found

    reach = {file: reached(file) for file in FILES}
    groups = {tuple(sorted(other for other in reach[file] if file in reach.get(other, ()))) for file in FILES}
    return sorted(list(group) for group in groups if group)


def listed(imports: list[Import]) -> str:
    return "\n".join(map(str, imports))


def test_every_room_has_its_place():
    assert {room(file) for file in FILES} == set(BELOW)


@pytest.mark.parametrize("name", BELOW)
def test_a_room_imports_only_from_the_rooms_below_it(name):
    wrong = [one for one in OURS if one.room == name and one.target not in BELOW[name] | {name, "digitscope"}]
    assert not wrong, listed(wrong)


def test_no_two_files_import_each_other():
    assert circles(OURS) == []


@pytest.mark.parametrize("name", sorted(set(BELOW) - NEEDS_THE_TRAIN_EXTRA))
def test_a_room_that_needs_no_extra_imports_no_framework(name):
    wrong = [
        one for one in IMPORTS
        if one.room == name and one.module.split(".")[0] in FRAMEWORKS and one.where != "typing"
    ]  # fmt: skip
    assert not wrong, listed(wrong)


@pytest.mark.parametrize("name", sorted(set(BELOW) - NEEDS_THE_TRAIN_EXTRA))
def test_a_room_that_needs_no_extra_imports_what_trains_only_inside_functions(name):
    wrong = [one for one in OURS if one.room == name and one.target in NEEDS_THE_TRAIN_EXTRA and one.where == "top"]
    assert not wrong, listed(wrong)


def test_the_public_names_are_imported_for_type_checkers_alone():
    wrong = [one for one in OURS if one.file == "digitscope" and one.target != "moved" and one.where != "typing"]
    assert not wrong, listed(wrong)


def test_each_kind_of_import_is_told_from_the_others():
    text = """
import keras
from digitscope import models, __version__
if TYPE_CHECKING:
    from digitscope.reading.result import Reading
def f():
    try:
        from digitscope.mnist import idx
    except ImportError:
        import numpy.typing
"""
    assert [(one.module, one.where) for one in imports_of("digitscope.x", text)] == [
        ("keras", "top"),
        ("digitscope", "top"),
        ("digitscope.models", "top"),
        ("digitscope.reading.result", "typing"),
        ("digitscope.mnist.idx", "function"),
        ("numpy.typing", "function"),
    ]


def test_a_circle_is_found_whatever_else_hangs_on_it():
    edges = [
        ("errors", "files"),
        ("files", "arrays"),
        ("arrays", "errors"),
        ("statistics", "errors"),
        ("arrays", "moved"),
    ]
    made = [Import(f"digitscope.{a}", 1, f"digitscope.{b}", "function") for a, b in edges]
    assert circles(made) == [["digitscope.arrays", "digitscope.errors", "digitscope.files"]]
