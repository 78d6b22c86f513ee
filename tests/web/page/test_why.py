"""Why: the published figures with their intervals, the mistakes, and a training to drag through."""

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]
DATA = Path(__file__).parents[3] / "src" / "digitscope" / "web" / "static" / "data"


@pytest.fixture(scope="module")
def page(visit):
    page = visit("why")
    page.wait_for_selector(".gallery li")
    return page


def test_the_table_has_the_published_accuracies(page):
    summary = json.loads((DATA / "experiment.json").read_text())["table"]["models"]
    row = page.locator(".summary tr", has_text="test accuracy").inner_text()
    for model in ("mlp", "cnn"):
        assert f"{summary[model]['test']['mean']:.2%}".replace("%", " %") in row


def test_a_point_shows_its_figure_and_interval(page):
    chart = page.locator(".chart svg").first
    chart.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".tip:visible").inner_text() == "MLP, as they are: 97.19 % (96.65 % to 97.74 %)"
    page.keyboard.press("End")
    chart.hover(position={"x": 300, "y": 100})


def test_a_series_can_be_hidden(page):
    chart = page.locator(".chart").first
    before = chart.locator("circle.mlp").count()
    button = chart.get_by_role("button", name="MLP")
    button.click()
    assert (before, chart.locator("circle.mlp").count()) == (2, 0)
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    assert chart.locator("circle.mlp").count() == 2


def test_every_claim_shows_its_verdict_and_charts(page):
    claims = json.loads((DATA / "experiment.json").read_text())["claims"]
    assert page.locator(".claim .verdict").all_inner_texts() == [claim["verdict"] for claim in claims]
    for number, claim in enumerate(claims):
        one = page.locator(".claim").nth(number)
        if one.get_attribute("open") is None:
            one.locator("summary").first.click()
        assert one.locator(".chart svg").count() == len(claim["charts"])
        points = sum(len(series["points"]) for chart in claim["charts"] for series in chart["series"])
        assert one.locator("circle.dot").count() == points


def test_mistakes_are_filtered_by_digit_and_answer(page):
    record = json.loads((DATA / "mistakes.json").read_text())
    rows = [dict(zip(record["fields"], values, strict=True)) for values in record["images"]]
    page.select_option("#wrong-by", "mlp")
    page.select_option("#wrong-label", "4")
    page.select_option("#wrong-answer", "9")
    expected = sum(row["label"] == 4 and row["mlp"] == 9 for row in rows)
    assert 0 < expected == page.locator(".gallery li").count()
    page.select_option("#wrong-by", "both")
    page.select_option("#wrong-label", "")
    page.select_option("#wrong-answer", "")
    expected = sum(row["label"] not in (row["mlp"], row["cnn"]) for row in rows)
    assert expected == page.locator(".gallery li").count()


def test_dragging_through_time_changes_kernels_and_answers(page):
    models = json.loads((DATA / "training.json").read_text())["models"]
    kernel = page.locator(".kernels.cnn canvas").nth(3)
    seen = []
    for at in (0, len(models["cnn"]["moments"]) - 1):
        page.locator("#moment").fill(str(at))
        moment = models["cnn"]["moments"][at]
        assert f"{moment['accuracy']:.2%}".replace("%", " %") in page.locator(".card.cnn .score").inner_text()
        assert "".join(page.locator(".card.cnn .answers li").all_inner_texts()) == moment["answers"]
        seen.append(kernel.evaluate("canvas => canvas.toDataURL()"))
    assert seen[0] != seen[1]


def test_the_recording_is_small():
    assert sum(path.stat().st_size for path in DATA.glob("training*")) <= 300_000


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_it_is_accessible_and_fits(visit, size, dark, assert_accessible, assert_fits):
    page = visit("why", size, dark=dark)
    page.wait_for_selector(".gallery li")
    page.select_option("#wrong-label", "4")  # so many pictures are alike that a few stand for all
    page.evaluate("document.querySelectorAll('.claim').forEach((claim) => { claim.open = true; })")
    assert_fits(page)
    assert_accessible(page)
