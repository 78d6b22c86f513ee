"""How the service holds out: python benchmarks/serve.py [--seconds 60] [--save]

Closed loop: 20 clients, in a process of their own, each with one request under way. `/v1/classify` with one image,
`/v1/read` with 1-megapixel pages of one to eight digits, `/v1/explain`. Then 200 clients; clients that send a byte a
second, leave half-way, or send damaged bodies; and, for comparison, `classify` without batches, and by a plain service
around keras.predict. Goals: p95 of a read's server time (decoding, reading, encoding) below 30 ms, all answers 200,
memory of the last ten seconds at most 1.05× that of seconds 10 to 20, 10× the requests of keras.predict; to 200
clients, 200, 429 and 503.
"""

import argparse
import asyncio
import json
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from measured import READS_PAGES, save

CLIENTS, MANY = 20, 200
PARTS = ("decoding", "reading", "explaining", "encoding")
PAGE: dict[str, Any] = {"paper": "plain", "height": 120, "size": (1155, 866), "degradations": ()}
HERE = Path(__file__)
ONE_BY_ONE = "from digitscope.web import batching; batching.MOST = 1; from digitscope.cli import main; main()"


async def client(port: int, path: str, bodies: list[bytes], seconds: float, found: list[Any], number: int) -> None:
    """One connection's requests, one after the other: status, seconds, server's parts."""
    end, turn = time.monotonic() + seconds, number
    reader = writer = None
    while time.monotonic() < end:
        body = bodies[turn % len(bodies)]
        turn += 1
        start = time.perf_counter()
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            assert reader is not None
            header = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)).decode()
            length = re.search(r"content-length: (\d+)", header, re.I)
            await asyncio.wait_for(reader.readexactly(int(length[1]) if length else 0), 60)
            status = int(header.split()[1])
            parts = {name: float(ms) for name, ms in re.findall(r"(\w+);dur=([\d.]+)", header)}
        except TimeoutError:
            status, parts, writer = 0, {}, None  # it hangs
        except (OSError, asyncio.IncompleteReadError):
            status, parts, writer = -1, {}, None
        found.append((status, time.perf_counter() - start, parts))
        if status == 429:
            await asyncio.sleep(0.05)


def clients(port: int, path: str, folder: str, seconds: float, count: int) -> None:
    """What runs in the clients' own process; prints what it found as JSON."""
    bodies = [file.read_bytes() for file in sorted(Path(folder).iterdir())]
    found: list[Any] = []

    async def all_of_them() -> None:
        await asyncio.gather(*(client(port, path, bodies, seconds, found, n) for n in range(count)))

    asyncio.run(all_of_them())
    print(json.dumps(found))


def measure(port: int, pid: int, path: str, folder: Path, seconds: float, count: int = CLIENTS) -> dict[str, Any]:
    """One closed loop: requests a second, the client's and the server's times, and the server's memory."""
    command = [sys.executable, str(HERE), "--clients", str(port), path, str(folder), str(seconds), str(count)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    memory: list[int] = []

    def watch() -> None:
        while process.poll() is None:
            memory.append(resident(pid))
            time.sleep(1)

    watching = threading.Thread(target=watch)
    watching.start()
    found = json.loads(process.communicate()[0])
    watching.join()
    good = [(wall, parts) for status, wall, parts in found if status == 200]
    row: dict[str, Any] = {
        "clients": count,
        "seconds": seconds,
        "n": len(found),
        "statuses": {str(status): n for status, n in sorted(Counter(status for status, *_ in found).items())},
        "requests_per_s": round(len(good) / seconds, 1),
        "client_ms": percentiles([1000 * wall for wall, _ in good]),
        "peak_mb": round(max(memory) / 1e6),
    }
    if good and good[0][1]:
        row["server_ms"] = percentiles([sum(parts.get(name, 0.0) for name in PARTS) for _, parts in good])
        row["queueing_ms"] = percentiles([parts.get("queueing", 0.0) for _, parts in good])
    if len(memory) >= 30:
        row["memory_growth"] = round(float(np.mean(memory[-10:]) / np.mean(memory[10:20])), 3)
    return row


def percentiles(values: list[float]) -> dict[str, float]:
    return {f"p{p}": round(float(np.percentile(values, p)), 2) for p in (50, 95, 99)} if values else {}


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024  # type: ignore[index]


@contextmanager
def service(*command: str) -> Any:
    """A server that answers at a port of this machine: (port, pid)."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    port = int(command[-1])
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert process.poll() is None, "the service ended"
            time.sleep(0.1)
    try:
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return str(listening.getsockname()[1])


def hostile(port: int, page: bytes) -> dict[str, Any]:
    """Clients that send a byte a second, leave half-way, or send damaged bodies; then one good read."""
    slow = []
    for _ in range(MANY):
        one = socket.create_connection(("127.0.0.1", port))
        one.sendall(b"POST /v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        slow.append(one)
    for _ in range(3):
        for one in slow:
            one.sendall(b"x")
        time.sleep(1)
    start = time.perf_counter()
    beside = ask(port, page)
    seconds = time.perf_counter() - start
    for one in slow:
        one.close()
    for _ in range(MANY):
        with socket.create_connection(("127.0.0.1", port)) as one:
            one.sendall(b"POST /v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + page[:500])
    random = np.random.default_rng(0)
    statuses: Counter[int] = Counter()
    for _ in range(1000):
        damaged = bytearray(page[: random.integers(1, len(page))])
        for at in random.integers(0, len(damaged), 20):
            damaged[at] = random.integers(256)
        statuses[ask(port, bytes(damaged))] += 1
    return {
        "read_beside_slow_clients": {"status": beside, "seconds": round(seconds, 3)},
        "damaged": {str(status): n for status, n in sorted(statuses.items())},
        "read_afterwards": ask(port, page),
    }


def ask(port: int, body: bytes) -> int:
    """The status of one read."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/read", body, {"Content-Type": "image/jpeg"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def bodies(folder: Path) -> dict[str, Path]:
    """What each operation is sent, a folder for each."""
    import cv2

    from digitscope.mnist import load_mnist
    from digitscope.synthesis.pages import make_page

    folders = {name: folder / name for name in ("classify", "read", "explain")}
    for made in folders.values():
        made.mkdir()
    test = load_mnist().test_images
    for n in range(8):
        body = json.dumps({"images": [test[n].tolist()], "model": "cnn"})
        (folders["classify"] / f"{n}.json").write_text(body)
        image = make_page("dev", n + 1, text="4031298576"[: n + 1], **PAGE).image
        cv2.imwrite(str(folders["read"] / f"{n}.jpg"), image[..., ::-1])
        cv2.imwrite(str(folders["explain"] / f"{n}.png"), test[n])
    return folders


def main() -> None:
    if sys.argv[1:2] == ["--clients"]:
        port, path, folder, seconds, count = sys.argv[2:]
        clients(int(port), path, folder, float(seconds), int(count))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=0, help="as `digitscope serve --threads`")
    parser.add_argument("--no-keras", action="store_true", help="without the comparison")
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folders = bodies(Path(name))
        page = next(folders["read"].iterdir()).read_bytes()
        options = ("serve", "--threads", str(args.threads), "--port")
        with service(sys.executable, "-m", "digitscope", *options, free_port()) as (port, pid):
            for part in ("classify", "read", "explain"):
                figures[part] = measure(port, pid, f"/v1/{part}", folders[part], args.seconds)
                print(part, json.dumps(figures[part]), flush=True)
            figures["flood"] = measure(port, pid, "/v1/read", folders["read"], min(args.seconds, 20), MANY)
            print("flood", json.dumps(figures["flood"]), flush=True)
            figures["hostile"] = hostile(port, page)
            print("hostile", json.dumps(figures["hostile"]), flush=True)
        with service(sys.executable, "-c", ONE_BY_ONE, *options, free_port()) as (port, pid):
            row = measure(port, pid, "/v1/classify", folders["classify"], args.seconds)
        row["ratio"] = round(figures["classify"]["requests_per_s"] / row["requests_per_s"], 2)
        figures["one_by_one"] = row
        print("one_by_one", json.dumps(row), flush=True)
        if not args.no_keras:
            with service(sys.executable, str(HERE.with_name("keras_service.py")), free_port()) as (port, pid):
                row = measure(port, pid, "/v1/classify", folders["classify"], args.seconds)
            row["ratio"] = round(figures["classify"]["requests_per_s"] / max(row["requests_per_s"], 0.1), 1)
            figures["keras_predict"] = row
            print("keras_predict", json.dumps(row), flush=True)
    if args.save:
        save("serve", figures, weights=(*READS_PAGES, "cnn"))


if __name__ == "__main__":
    main()
