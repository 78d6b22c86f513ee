"""What importing digitscope costs: no framework, and no array library before one is used."""

import subprocess
import sys
from pathlib import Path

import pytest

import digitscope

SEVEN = str(Path(__file__).parents[1] / "examples" / "seven.png")


def modules_after(program: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "program",
    [
        "import digitscope",
        "import digitscope.cli",
        "import digitscope; digitscope.load_mnist()",
        "import digitscope; [getattr(digitscope, name) for name in digitscope.__all__]",
        f"import digitscope; assert digitscope.read({SEVEN!r}).text == '7'",
        "import digitscope.evaluation, digitscope.statistics",
    ],
)
def test_no_keras_no_tensorflow_no_scipy_is_imported(program):
    assert modules_after(program) & {"keras", "tensorflow", "torch", "jax", "scipy", "matplotlib"} == set()


def test_the_command_line_starts_without_numpy():
    assert "numpy" not in modules_after("import digitscope.cli")


def test_every_public_name_is_there_and_no_other():
    for name in digitscope.__all__:
        assert getattr(digitscope, name).__module__.startswith("digitscope.")
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        digitscope.absent  # noqa: B018
    assert set(digitscope.__all__) <= set(dir(digitscope))
    assert set(digitscope.__all__) == set(digitscope._HOMES)
