"""Each experiment's verdict on made-up figures: as predicted, and the other way round."""

from typing import Any

import pytest

from digitscope.experiments import EXPERIMENTS, conclude
from digitscope.experiments.parameters import matching_parameters

Figures = dict[str, Any]
SEEDS = [0, 1, 2]


def runs(mean: float) -> list[float]:
    """Three accuracies about `mean`."""
    return [mean - 0.0005, mean, mean + 0.0005]


def shuffled(*, cnn_shuffled: float, mlp_shuffled: float = 0.98) -> Figures:
    return {
        "n": 10_000,
        "seeds": SEEDS,
        "mlp as they are": runs(0.98),
        "cnn as they are": runs(0.99),
        "mlp shuffled": runs(mlp_shuffled),
        "cnn shuffled": runs(cnn_shuffled),
    }


def shifts(*, cnn: float, mlp: float, strides: float) -> Figures:
    """The accuracy each network has left at 3 pixels; at 30° likewise."""
    figures: Figures = {"n": 10_000, "seeds": SEEDS, "pixels": [0, 3], "degrees": [0, 30]}
    for network, left in (("cnn", cnn), ("mlp", mlp), ("strides", strides)):
        figures[f"{network} shifted"] = figures[f"{network} turned"] = [[0.98, one] for one in runs(left)]
    return figures


def parameters(*, small_cnn: float, large_mlp: float) -> Figures:
    networks = {
        "mlp 512": (407_050, 0.98),
        "mlp 1258": (1_000_120, large_mlp),
        "cnn 16-32": (23_674, small_cnn),
        "cnn 32-64": (93_322, 0.99),
    }
    return {
        "n": 10_000,
        "seeds": SEEDS,
        "networks": {name: {"parameters": size, "accuracy": runs(mean)} for name, (size, mean) in networks.items()},
    }


def data(*, cnn: tuple[float, float]) -> Figures:
    return {
        "n": 10_000,
        "seeds": SEEDS,
        "sizes": [10_000, 60_000],
        "mlp": [runs(0.95), runs(0.97)],
        "cnn": [runs(one) for one in cnn],
    }


def parts(*, others: float, no_dense: float) -> Figures:
    accuracies = dict.fromkeys(["no-pooling", "strides", "1x1", "unshared"], others) | {
        "cnn": 0.98,
        "no-dense": no_dense,
    }
    return {
        "n": 10_000,
        "seeds": SEEDS,
        "parts": {name: {"parameters": 1, "accuracy": runs(one)} for name, one in accuracies.items()},
    }


def first_layer(*, cnn_idle: float, gain: float) -> Figures:
    weights = [[[0] * 28] * 28] * 32
    kernels = [[[0] * 3] * 3] * 32
    return {
        "seeds": SEEDS,
        "mlp idle": runs(0.085),
        "cnn idle": [cnn_idle] * 3,
        "mlp before": runs(0.0),
        "mlp after": runs(0.2),
        "cnn before": runs(0.22),
        "cnn after": runs(0.22 + gain),
        "mlp pictures": weights,
        "cnn pictures": kernels,
    }


CASES = {
    "shuffled": (
        shuffled(cnn_shuffled=0.975),
        shuffled(cnn_shuffled=0.99),
        shuffled(cnn_shuffled=0.975, mlp_shuffled=0.9),
    ),
    "shifts": (shifts(cnn=0.8, mlp=0.5, strides=0.7), shifts(cnn=0.5, mlp=0.8, strides=0.7)),
    "parameters": (
        parameters(small_cnn=0.985, large_mlp=0.981),
        parameters(small_cnn=0.9, large_mlp=0.981),
        parameters(small_cnn=0.985, large_mlp=0.995),
    ),
    "data": (data(cnn=(0.98, 0.99)), data(cnn=(0.96, 0.99)), data(cnn=(0.98, 0.96))),
    "parts": (
        parts(others=0.96, no_dense=0.981),
        parts(others=0.985, no_dense=0.981),
        parts(others=0.96, no_dense=0.96),
    ),
    "first-layer": (
        first_layer(cnn_idle=0.0, gain=0.1),
        first_layer(cnn_idle=0.1, gain=0.1),
        first_layer(cnn_idle=0.0, gain=-0.1),
    ),
}


def test_each_experiment_has_a_case():
    assert set(CASES) == set(EXPERIMENTS)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_claim_holds_on_figures_as_predicted(name: str):
    assert conclude(EXPERIMENTS[name].judge(CASES[name][0])) == "holds"


@pytest.mark.parametrize(("name", "figures"), [(name, other) for name, cases in CASES.items() for other in cases[1:]])
def test_the_claim_fails_on_figures_that_contradict_it(name: str, figures: Figures):
    assert conclude(EXPERIMENTS[name].judge(figures)) == "fails"


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_each_table_has_a_cell_for_each_column(name: str):
    table = EXPERIMENTS[name].table(CASES[name][0])
    assert table.rows
    assert {len(row) for row in table.rows} == {len(table.columns)}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_each_plot_draws_its_figures_in_every_panel(name: str):
    panels = EXPERIMENTS[name].figure(CASES[name][0]).get_axes()
    assert panels
    assert all(panel.has_data() for panel in panels)


def test_matching_parameters_lie_between_the_networks_around_the_target():
    figures = parameters(small_cnn=0.97, large_mlp=0.99)
    assert matching_parameters(figures, "cnn", 0.98) == pytest.approx((23_674 * 93_322) ** 0.5, rel=0.01)
    assert matching_parameters(figures, "mlp", 0.995) is None
    assert matching_parameters(figures, "mlp", 0.5) == 407_050
