"""`/models/NAME.json`, `/models/NAME.bin` and the page to keep."""

import pytest
from fastapi.testclient import TestClient

from digitscope import models
from digitscope.web import playground
from digitscope.web.app import create_app


@pytest.fixture(scope="module")
def client():
    with TestClient(create_app()) as client:
        yield client


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_a_networks_two_files_are_its_payload(client, name):
    payload = playground.network_payload(models.load(name))
    assert client.get(f"/models/{name}.bin").content == payload.weights
    assert client.get(f"/models/{name}.json").json()["name"] == payload.record["name"]


@pytest.mark.parametrize("file", ["cnn.json", "cnn.bin"])
def test_what_a_browser_has_is_not_sent_again(client, file):
    first = client.get(f"/models/{file}")
    assert first.headers["cache-control"] == "no-cache"
    tag = first.headers["etag"]
    again = client.get(f"/models/{file}", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(f"/models/{file}", headers={"If-None-Match": '"other"'}).content == first.content


def test_an_unknown_network_is_a_problem(client):
    answer = client.get("/models/cmn.json")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_the_page_to_keep_is_saved_and_not_shown(client):
    answer = client.get("/playground.html")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.text == playground.render()


@pytest.mark.parametrize("path", ["views/network.js", "views/draw.js", "views/samples.js", "views/inside.css"])
def test_modules_of_both_rooms_lie_in_one_folder(client, path):
    assert client.get(f"/{path}").status_code == 200
