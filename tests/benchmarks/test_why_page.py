"""What the page shows of the experiment is what was published."""

import json

import why_page


def test_the_pages_figures_are_the_published_ones(monkeypatch, tmp_path):
    kept = json.loads((why_page.DATA / "experiment.json").read_text())
    monkeypatch.setattr(why_page, "DATA", tmp_path)
    why_page.experiment()
    assert json.loads((tmp_path / "experiment.json").read_text()) == kept


def test_each_mistake_is_one(mnist):
    record = json.loads((why_page.DATA / "mistakes.json").read_text())
    rows = [dict(zip(record["fields"], values, strict=True)) for values in record["images"]]
    assert all(row["label"] == mnist.test_labels[row["index"]] for row in rows)
    assert all(row["label"] != row["mlp"] or row["label"] != row["cnn"] for row in rows)
