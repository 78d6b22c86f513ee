"""Each limit is answered with its problem, and the service goes on."""

import asyncio
import io
import json
import socket
import threading
import time

import httpx2
import numpy as np
import pytest
from PIL import Image

from digitscope.errors import UsageError
from digitscope.web.body import Buffered
from digitscope.web.problems import Problem
from digitscope.web.settings import Settings
from digitscope.web.work import Work, check


def test_a_large_body_is_refused_by_its_header_or_as_it_comes(limited, assert_problem):
    assert_problem(limited.post("/v1/read", content=bytes(60_001)), 413, "body-too-large")
    pieces = (bytes(1000) for _ in range(61))  # chunked, without a length
    assert_problem(limited.post("/v1/read", content=pieces), 413, "body-too-large")


def test_many_pixels_are_refused_before_they_are_decoded(limited, assert_problem, png):
    large = png(np.zeros((700, 700), np.uint8))
    assert_problem(limited.post("/v1/read", content=large), 413, "image-too-large")
    assert_problem(limited.post("/v1/explain", content=large), 413, "image-too-large")


def test_many_pages_are_refused(limited, assert_problem):
    pages = [Image.new("L", (60, 60), 255) for _ in range(3)]
    file = io.BytesIO()
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
    assert_problem(limited.post("/v1/read", content=file.getvalue()), 413, "image-too-large")


def test_a_pdf_of_many_pages_is_refused_before_any_is_drawn(limited, assert_problem):
    pages = [Image.new("L", (60, 60), 255) for _ in range(3)]
    file = io.BytesIO()
    pages[0].save(file, "PDF", save_all=True, append_images=pages[1:])
    problem = assert_problem(limited.post("/v1/read", content=file.getvalue()), 413, "image-too-large")
    assert "3 pages" in problem["detail"]


def pdf_that_draws_for_ever() -> bytes:
    """A page of a form of thirty forms of thirty forms, and so on, twelve deep."""
    form = "<</Type/XObject/Subtype/Form/BBox[0 0 600 600]/Resources<</XObject<</X {} 0 R>>>>/Length {}>>"
    again = "/X Do " * 30 + "\n"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 600]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>",
        "<</Length 6>>stream\n/X Do\nendstream",
        *(f"{form.format(number + 1, len(again))}stream\n{again}endstream" for number in range(5, 17)),
        "<</Type/XObject/Subtype/Form/BBox[0 0 600 600]/Length 13>>stream\n0 0 9 9 re f\nendstream",
    ]
    body = "".join(f"{number} 0 obj\n{text}\nendobj\n" for number, text in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}trailer\n<</Root 1 0 R>>\n%%EOF".encode()


def test_a_pdf_that_draws_for_ever_is_given_up_and_the_service_goes_on(serve, assert_problem, receipt):
    address = serve(Settings(threads=1, timeout=8))
    pages = [Image.open(io.BytesIO(receipt)).convert("L")]
    good = io.BytesIO()
    pages[0].save(good, "PDF")
    assert httpx2.post(f"{address}/v1/read", content=good.getvalue(), timeout=60).json()["text"].startswith("40312")
    late = httpx2.post(f"{address}/v1/read", content=pdf_that_draws_for_ever(), timeout=60)
    assert_problem(late, 503, "too-slow")
    deadline = time.monotonic() + 20
    while (answer := httpx2.post(f"{address}/v1/read", content=good.getvalue(), timeout=60)).status_code != 200:
        assert time.monotonic() < deadline, answer.text  # the job that was late ends soon after its answer
        time.sleep(0.2)


def test_more_lists_than_images_have_are_refused_before_they_are_parsed(client, assert_problem):
    body = b'{"images": [' + b"[" * 1_000_000  # no JSON, which parsing would say
    assert_problem(client.post("/v1/classify", content=body), 413, "too-many-images")
    assert_problem(client.post("/v2/models/cnn/infer", content=body), 413, "too-many-images")


def test_as_many_images_as_allowed_are_classified(client):
    answer = client.post("/v1/classify", json={"images": np.zeros((1000, 28, 28)).tolist()})
    assert len(answer.json()["digits"]) == 1000


def test_many_images_are_refused(limited, assert_problem):
    images = np.zeros((4, 28, 28), int).tolist()
    assert_problem(limited.post("/v1/classify", json={"images": images}), 413, "too-many-images")
    tensor = {"name": "images", "datatype": "UINT8", "shape": [4, 28, 28], "data": images}
    assert_problem(limited.post("/v2/models/cnn/infer", json={"inputs": [tensor]}), 413, "too-many-images")


def test_a_body_that_does_not_arrive_is_given_up(serve):
    address = serve(Settings(threads=1, upload_timeout=0.3))
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(b"POST /v1/read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n12345")
        answer = client.recv(65536)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"upload-too-slow" in answer


def test_slow_clients_hold_no_thread(serve, receipt):
    address = serve(Settings(threads=1, max_waiting=0, upload_timeout=60))
    host, port = address.removeprefix("http://").split(":")
    slow = []
    for _ in range(20):
        client = socket.create_connection((host, int(port)))
        client.sendall(b"POST /v1/read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n1")
        slow.append(client)
    assert httpx2.post(f"{address}/v1/read", content=receipt, timeout=60).status_code == 200
    for client in slow:
        client.close()
    assert httpx2.get(f"{address}/readyz").status_code == 200


def test_who_comes_when_too_many_wait_is_told_when_to_try_again(run_apart):
    async def ask() -> list[object]:
        work = Work(threads=1, max_waiting=1, timeout=60)
        held = threading.Event()
        first = [asyncio.create_task(work.run(lambda _: held.wait())) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as refused:
            await work.run(lambda _: 0)
        held.set()
        found = [refused.value, *await asyncio.gather(*first), await work.run(lambda _: 7)]
        work.close()
        return found

    problem, *others, last = run_apart(ask())
    assert (problem.status, problem.headers["Retry-After"]) == (429, "1")
    assert [value for value, _ in others] == [True, True]
    assert last[0] == 7


def test_who_would_wait_for_half_of_the_time_is_refused_at_once_and_one_that_waits_less_is_not(run_apart):
    async def ask() -> tuple[Problem, list[object]]:
        work = Work(threads=2, max_waiting=50, timeout=20)
        work.seconds = 3.0  # as the last jobs took: with eight before it, one begins after 10.5 seconds
        held = threading.Event()
        first = [asyncio.create_task(work.run(lambda _: held.wait())) for _ in range(8)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as refused:
            await work.run(lambda _: 0)
        held.set()
        others = await asyncio.gather(*first)
        assert work.seconds < 3.0
        work.close()
        return refused.value, [value for value, _ in others]

    problem, others = run_apart(ask())
    assert (problem.status, problem.headers["Retry-After"]) == (429, "11")
    assert others == [True] * 8


def test_what_takes_too_long_is_given_up_and_what_waited_too_long_is_not_begun(run_apart):
    async def ask() -> list[int]:
        work = Work(threads=1, max_waiting=5, timeout=0.1)
        held, begun = threading.Event(), []
        tasks = [work.run(lambda _: held.wait()), work.run(begun.append)]
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        held.set()
        work.close()
        return [answer.status for answer in answers] + begun

    assert run_apart(ask()) == [503, 503]


def test_a_job_of_several_steps_looks_at_the_time():
    check(time.monotonic() + 60, 1)
    with pytest.raises(Problem, match="within 1 seconds"):
        check(time.monotonic() - 1, 1)


def test_bodies_of_all_requests_together_have_a_limit():
    buffered = Buffered(100)
    buffered.add(60)
    with pytest.raises(Problem, match="at most 100 bytes"):
        buffered.add(41)
    assert buffered.held == 60


@pytest.mark.parametrize("wrong", [{"max_bytes": 0}, {"timeout": -1}, {"token": ""}])
def test_a_setting_out_of_range_is_refused(wrong):
    with pytest.raises(UsageError, match=f"Received: {next(iter(wrong))}="):
        Settings(**wrong)


def test_settings_pass_through_the_environment():
    settings = Settings(max_pixels=5, token="a b")
    assert Settings.from_environment(settings.to_environment()) == settings
    assert json.loads(next(iter(settings.to_environment().values())))["max_pixels"] == 5
