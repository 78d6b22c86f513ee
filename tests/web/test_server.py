"""`digitscope serve` as a process: how it begins, and how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx2
import pytest

pytestmark = pytest.mark.slow


@contextmanager
def serving(*options: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """The command, and the address that it prints."""
    command = [sys.executable, "-m", "digitscope", "serve", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        address = process.stdout.readline().strip()
        for _ in range(600):  # with several workers, the address is printed before they are ready
            try:
                if httpx2.get(f"{address.partition('/#')[0]}/readyz").status_code == 200:
                    break
            except httpx2.TransportError:
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.1)
        yield address, process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_after_the_request_under_way(receipt, sign):
    with serving("--threads", "1") as (address, process), ExitStack() as held:
        host, port = address.removeprefix("http://").split(":")
        client = held.enter_context(socket.create_connection((host, int(port)), timeout=60))
        head = f"POST /v1/read HTTP/1.1\r\nHost: x\r\nContent-Length: {len(receipt)}\r\n\r\n"
        client.sendall(head.encode() + receipt[:-1])
        time.sleep(0.2)  # until the server has taken the request up
        process.send_signal(sign)
        threading.Timer(0.3, client.sendall, [receipt[-1:]]).start()
        answer = client.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200"), answer[:500]
        process.wait(30)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), timeout=5)


def test_several_workers_answer_and_count_together():
    with serving("--workers", "2") as (address, process):
        for _ in range(20):
            httpx2.get(f"{address}/v1/models")
        text = httpx2.get(f"{address}/metrics").text
        (count,) = re.findall(r'digitscope_requests_total\{.*route="/v1/models",status="200"\} (\d+)', text)
        assert int(count) == 20
        process.terminate()
        process.wait(30)


def test_a_port_that_is_taken_is_wrong_usage():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "digitscope", "serve", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "another program listens there. Expected a free port" in done.stderr
    assert f"Received: host='127.0.0.1', port={port}" in done.stderr


def test_it_says_where_others_can_reach_it_and_what_they_need():
    with serving("--host", "0.0.0.0", "--token", "a+b/c=&%") as (address, process):
        assert address.endswith("/#token=a%2Bb%2Fc%3D%26%25")
        assert httpx2.get(f"{address.partition('/#')[0]}/v1/models").status_code == 401
        process.terminate()
        assert "it listens on 0.0.0.0, and asks for the token" in process.communicate()[1]


def test_without_the_extra_the_install_line_is_named(tmp_path):
    (tmp_path / "fastapi.py").write_text("raise ImportError\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-m", "digitscope", "serve"], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 1
    assert "pip install '.[web]'" in done.stderr
