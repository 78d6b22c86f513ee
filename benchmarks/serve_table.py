"""How the service holds out, in Markdown, from what benchmarks/serve.py saved: `serve_table(result)`."""

from typing import Any

ROWS = {
    "classify": "`/v1/classify`, one image",
    "read": "`/v1/read`, a page of one megapixel with one to eight digits",
    "explain": "`/v1/explain`, one image",
    "one_by_one": "for comparison: `/v1/classify` where requests that arrive together are not run as one batch",
    "keras_predict": "for comparison: a plain FastAPI app around `keras.predict`, one image",
}
NO_ANSWER = {"0": "not at all", "-1": "by a closed connection"}  # statuses that are none


def serve_table(result: dict[str, Any]) -> str:
    """A row for each kind of request, and what became of too many clients, hostile ones and memory."""
    figures, machine = result["figures"], result["machine"]
    clients, seconds = figures["classify"]["clients"], figures["classify"]["seconds"]
    lines = [
        f"{clients} clients, each with one request under way, for {seconds:.0f} s, on {machine['cores']} cores "
        f"({machine['processor']}, {result['date']}). Times in ms: median, 95th and 99th percentile.",
        "",
        "| | requests/s | server's time | client's time, waiting included | peak memory |",
        "|---|---|---|---|---|",
    ]
    for name, title in ROWS.items():
        if name in figures:
            row = figures[name]
            server, client = (_percentiles(row.get(part, {})) for part in ("server_ms", "client_ms"))
            lines.append(f"| {title} | {row['requests_per_s']:,.0f} | {server} | {client} | {row['peak_mb']} MB |")
    flood, hostile = figures["flood"], figures["hostile"]
    beside = hostile["read_beside_slow_clients"]
    sentences = [
        f"{flood['clients']} clients for {flood['seconds']:.0f} s were answered {_statuses(flood['statuses'])}.",
        f"Beside 200 clients that send a byte a second, a read took {1000 * beside['seconds']:.0f} ms.",
        f"1,000 damaged bodies were answered {_statuses(hostile['damaged'])}; "
        f"after all that, a read is answered {hostile['read_afterwards']}.",
    ]
    if "memory_growth" in figures["read"]:
        growth = figures["read"]["memory_growth"]
        sentences.append(f"The last ten seconds of reads took {growth:.3f}× the memory of seconds 10 to 20.")
    if "one_by_one" in figures:
        sentences.append(f"Running together what arrives together makes `classify` {_gain(figures)}.")
    if "keras_predict" in figures:
        sentences.append(f"`classify` answers {figures['keras_predict']['ratio']:.0f} times what `keras.predict` does.")
    return "\n".join([*lines, "", " ".join(sentences)])


def _gain(figures: dict[str, Any]) -> str:
    """What batches gain or cost, in requests a second."""
    percent = 100 * (figures["one_by_one"]["ratio"] - 1)
    return f"{abs(percent):.0f} % {'faster' if percent >= 0 else 'slower'}"


def _percentiles(milliseconds: dict[str, float]) -> str:
    return " / ".join(f"{value:.1f}" for value in milliseconds.values())


def _statuses(counts: dict[str, int]) -> str:
    """How often each status was answered."""
    return ", ".join(f"{NO_ANSWER.get(status, status)} ({count:,})" for status, count in counts.items())
