"""`errors.unknown`: names in a fixed order, similar names first."""

import os
import subprocess
import sys

import pytest

from digitscope.errors import unknown


@pytest.mark.parametrize(
    ("received", "listed"),
    [
        ("shift", "shifts, shuffled, data, parts"),
        ("data", "data, shuffled, shifts, parts"),
        ("nothing alike", "shuffled, shifts, data, parts"),
    ],
)
def test_similar_names_come_first_and_the_rest_in_the_order_given(received, listed):
    message = str(unknown("experiment", received, ["shuffled", "shifts", "data", "parts"]))
    assert message == f"Unknown experiment. Expected one of: {listed}. Received: experiment={received!r}"


def test_a_layer_is_found_by_its_name_without_its_shape():
    message = str(unknown("layer", "conv2d", ["input (28, 28, 1)", "conv2 (11, 11, 64)"]))
    assert "one of: conv2 (11, 11, 64), input (28, 28, 1)." in message


def test_each_process_lists_a_set_in_the_same_order():
    program = "from digitscope.errors import unknown; print(unknown('x', 'q', {'a', 'b', 'c', 'd', 'e'}))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert printed == {"Unknown x. Expected one of: a, b, c, d, e. Received: x='q'\n"}
