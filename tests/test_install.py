"""The wheel, in an environment with nothing else: the core alone first, then with the train extra."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


def run(*command: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=environment, cwd="/")
    assert done.returncode == status, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT)  # the wheel is made from the sdist
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def core(wheel, tmp_path_factory) -> Path:
    """The bin folder of an environment with the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("core")
    run(sys.executable, "-m", "venv", folder)
    install(folder / "bin", wheel)
    return folder / "bin"


def install(bin_folder: Path, requirement: object) -> None:
    run(bin_folder / "python", "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", requirement)


def installed(bin_folder: Path) -> set[str]:
    listed = run(bin_folder / "python", "-m", "pip", "list", "--format", "json").stdout
    return {package["name"].lower().replace("_", "-") for package in json.loads(listed)}


def test_the_wheel_holds_the_package_its_licences_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tops = {name.split("/")[0] for name in names}
    assert {top.split("-")[0] for top in tops} == {"digitscope"}
    assert "digitscope/py.typed" in names
    for licence in ("LICENSE", "NOTICE"):
        assert any(name.endswith(f".dist-info/licenses/{licence}") for name in names)
    ours = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src/digitscope").rglob("*.py")}
    assert ours <= names


def test_the_core_runs_without_a_framework(core, mnist):
    assert installed(core) & {"keras", "tensorflow", "tensorflow-cpu", "scipy", "matplotlib"} == set()

    assert run(core / "digitscope", "--version").stdout.startswith("digitscope ")
    assert json.loads(run(core / "digitscope", "data", "info", "--json").stdout)["source"] == mnist.source
    assert (
        "numpy"
        in run(core / "python", "-c", "import digitscope as ds; print(type(ds.load_mnist().test_images))").stdout
    )


def test_the_core_reads_a_page_and_evaluates_a_model_file(core):
    receipt = ROOT / "examples" / "receipt.jpg"
    with (ROOT / "examples" / "index.csv").open(newline="") as file:
        truth = next(row["label"] for row in csv.DictReader(file) if row["path"] == receipt.name)

    assert run(core / "digitscope", "read", receipt).stdout.split() == truth.replace("|", " ").split()
    program = f"import digitscope as ds; print(ds.read({str(receipt)!r}).text)"
    assert run(core / "python", "-c", program).stdout.split() == truth.replace("|", " ").split()
    assert json.loads(run(core / "digitscope", "evaluate", "mlp", "--json").stdout)["accuracy"]["value"] > 0.97


@pytest.mark.parametrize("verb", [["compare"], ["train", "mlp"], ["why"]], ids=lambda verb: verb[0])
def test_the_core_says_which_install_line_training_needs(core, tmp_path, verb):
    done = run(core / "digitscope", *verb, "--out", tmp_path / "runs", status=1)

    assert "pip install '.[train]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_the_train_extra_is_all_that_training_needs(core, wheel, tmp_path):
    install(core, f"{wheel}[train]")

    run(core / "digitscope", "train", "mlp", "--set", "epochs=1", "--out", tmp_path / "runs")

    assert list((tmp_path / "runs").rglob("model.onnx"))
