"""The verbs that train and measure, through real processes."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys

import pytest

DIGITSCOPE = [sys.executable, "-c", "from digitscope.cli import main; main()"]


def digitscope(*arguments, **options):
    return subprocess.run([*DIGITSCOPE, *map(str, arguments)], capture_output=True, text=True, check=False, **options)


def test_evaluate_prints_everything_as_one_json_object():
    done = digitscope("evaluate", "mlp", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    values = json.loads(done.stdout)
    assert values["accuracy"]["total"] == 10_000
    assert len(values["confusion"]) == 10


def test_evaluate_prints_tables():
    done = digitscope("evaluate", "cnn")
    assert done.returncode == 0
    for part in ("95 % Wilson interval", "Each digit", "Confusion", "bins of equal mass", "Worst mistakes"):
        assert part in done.stdout


def test_models_lists_the_shipped_models():
    done = digitscope("models", "--json")
    models = {model["name"]: model for model in json.loads(done.stdout)["models"]}
    assert models["mlp"]["parameters"] == 407_050
    assert models["cnn"]["parameters"] == 93_322
    assert models["mlp"]["multiply_adds"] == 784 * 512 + 512 * 10
    assert models["fast"]["multiply_adds"] == 64 * 36 * 32 + 36 * 9 * 32 * 48 + 16 * 9 * 48 * 48 + 768 * 10
    shown = digitscope("models").stdout
    assert all(part in shown for part in ("93,322", "multiply-adds", "4 epochs of MNIST"))


def test_models_can_be_timed():
    done = digitscope("models", "--measure", "--json")
    speeds = {model["name"]: model.get("speed") for model in json.loads(done.stdout)["models"]}
    assert speeds["detector"] is None
    assert 1 < speeds["fast"]["microseconds"] < 100_000
    assert speeds["fast"]["per_second"] > 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "cmn"], "Expected one of: cnn, mlp"),
        (["train", "cnn", "--set", "epoch=1"], "Expected one of: epochs"),
        (["evaluate", "cmn"], "Unknown model"),
    ],
)
def test_wrong_usage_exits_with_2_and_lists_what_there_is(arguments, message):
    done = digitscope(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_export_of_a_folder_without_a_run_exits_with_1(tmp_path):
    done = digitscope("export", tmp_path)
    assert done.returncode == 1
    assert "No finished run is here" in done.stderr


@pytest.mark.slow
def test_a_run_is_trained_and_exported(tmp_path):
    trained = digitscope("train", "mlp", "--set", "epochs=1", "--set", "batch_size=5000", "--out", tmp_path, "--json")
    assert trained.returncode == 0
    line = r"mlp seed 0: epoch 1/1( step \d+/12)?, \d+\.\d%, \d+ s\n"  # on a busy machine, more than one
    assert re.fullmatch(f"({line})+", trained.stderr), "lines, and no framework's noise"
    assert digitscope("train", "mlp", "--out", tmp_path).returncode == 1, "--force is missing"
    assert json.loads(trained.stdout)["recipe"]["epochs"] == 1
    out = tmp_path / "mine.onnx"
    exported = digitscope("export", tmp_path / "mlp-0", "--out", out, "--json")
    assert (exported.returncode, exported.stderr) == (0, "")
    assert json.loads(exported.stdout) == {"model": str(out), "card": str(tmp_path / "mine.md")}
    assert out.read_bytes() == (tmp_path / "mlp-0" / "model.onnx").read_bytes()
    assert "407,050" in (tmp_path / "mine.md").read_text()


@pytest.mark.slow
def test_ctrl_c_says_how_to_resume_and_exits_with_130(tmp_path):
    ours, theirs = pty.openpty()  # stderr on a terminal: a progress bar
    arguments = ["train", "mlp", "--set", "epochs=50", "--out", str(tmp_path)]
    # A shell's background jobs start with SIGINT ignored, and so does what they start: tests in such a job.
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    program = [sys.executable, "-c", f"{heeding}{DIGITSCOPE[-1]}"]
    env = {**os.environ, "TERM": "xterm"}  # a dumb terminal has no bar
    with subprocess.Popen(
        [*program, *arguments], stdout=subprocess.PIPE, stderr=theirs, close_fds=True, env=env
    ) as process:
        os.close(theirs)
        shown = b""
        while b"epoch 2/50" not in shown:
            shown += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # the terminal's other end is closed
            while more := os.read(ours, 4096):
                shown += more
    os.close(ours)
    assert process.returncode == 130
    assert b"resume with: digitscope train mlp --set epochs=50 --out" in shown
    assert (tmp_path / "mlp-0" / "checkpoint.npz").exists()


@pytest.mark.slow
def test_compare_prints_the_table_the_conclusion_and_what_the_cnn_reads(tmp_path):
    done = digitscope("compare", "--fast", "--out", tmp_path)
    assert done.returncode == 0
    assert [line.split(",")[0] for line in done.stderr.splitlines() if " step " not in line] == [
        "mlp seed 0: epoch 1/1", "cnn seed 0: epoch 1/1"
    ]  # fmt: skip
    for part in ("407,050", "93,322", "original 98.0%", "exact McNemar p", "in ONNX Runtime", "report.html"):
        assert part in done.stdout


@pytest.mark.parametrize("arguments", [["train", "mlp"], ["compare", "--fast"], ["why"]])
def test_without_the_train_extra_its_verbs_say_what_to_install(arguments, tmp_path):
    program = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in ("keras", "tensorflow", "scipy"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
from digitscope.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install '.[train]'" in done.stderr
    assert list(tmp_path.iterdir()) == [], "no folder of a run that cannot be"
