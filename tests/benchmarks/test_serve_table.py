"""What the guide says of the service under load is what was measured."""

from serve_table import serve_table

ROW = {
    "clients": 20,
    "seconds": 60.0,
    "requests_per_s": 1234.5,
    "peak_mb": 180,
    "client_ms": {"p50": 16.2, "p95": 30.04},
}
RESULT = {
    "date": "2026-01-02",
    "machine": {"cores": 2, "processor": "a processor"},
    "figures": {
        "classify": {**ROW, "server_ms": {"p50": 0.61, "p95": 1.26}},
        "read": {**ROW, "memory_growth": 1.0031},
        "flood": {"clients": 200, "seconds": 20.0, "statuses": {"-1": 1, "0": 2, "200": 30, "429": 4000}},
        "hostile": {
            "read_beside_slow_clients": {"status": 200, "seconds": 0.052},
            "damaged": {"415": 16, "422": 984},
            "read_afterwards": 200,
        },
        "one_by_one": {**ROW, "ratio": 1.21},
        "keras_predict": {**ROW, "ratio": 12.4},
    },
}


def test_each_figure_stands_in_the_table_or_below_it():
    text = serve_table(RESULT)
    assert "| `/v1/classify`, one image | 1,234 | 0.6 / 1.3 | 16.2 / 30.0 | 180 MB |" in text
    assert "by a closed connection (1), not at all (2), 200 (30), 429 (4,000)." in text
    assert "a read took 52 ms. 1,000 damaged bodies were answered 415 (16), 422 (984)" in text
    assert "1.003× the memory" in text
    assert "makes `classify` 21 % faster" in text
    assert text.endswith("`classify` answers 12 times what `keras.predict` does.")


def test_what_was_not_measured_is_left_out():
    figures = {name: row for name, row in RESULT["figures"].items() if name != "keras_predict"}
    text = serve_table({**RESULT, "figures": figures})
    assert "keras" not in text
    assert "explain" not in text
