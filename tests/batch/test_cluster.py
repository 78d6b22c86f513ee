"""The Ray engine gives the local engine's rows, on several nodes, whatever ends in between."""

import threading
import time

import pytest

from digitscope.batch import read_into
from digitscope.errors import BatchError, UsageError

ray = pytest.importorskip("ray", reason="Ray is not installed, so its engine goes untested: pip install '.[ray]'")
cluster_utils = pytest.importorskip("ray.cluster_utils")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Ray's own, and its dependencies'
]


@pytest.fixture(autouse=True)
def not_nice(monkeypatch):
    """Ray's processes get as much of a busy machine as others: by default they get what is left."""
    monkeypatch.setenv("RAY_worker_niceness", "0")


@pytest.fixture
def nodes():
    """A cluster of three nodes on this machine, each with a core; the driver is connected."""
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    workers = [cluster.add_node(num_cpus=1) for _ in range(2)]
    ray.init(address=cluster.address, log_to_driver=False)
    yield cluster, workers
    ray.shutdown()
    cluster.shutdown()


def test_a_node_that_is_killed_in_the_middle_changes_nothing(nodes, scans, tmp_path, rows, pngs):
    cluster, workers = nodes
    for number in range(12, 200):
        (scans / f"{number}.png").write_bytes(pngs[number % 12])
    killed = threading.Event()

    def kill(step):
        if step.items > 40 and not killed.is_set():
            killed.set()
            cluster.remove_node(workers[0], allow_graceful=False)

    read_into(tmp_path / "ray", [str(scans)], engine="ray", part_size=50, progress=kill)
    read_into(tmp_path / "local", [str(scans)], jobs=2, part_size=50)
    assert killed.is_set()
    assert rows(tmp_path / "ray") == rows(tmp_path / "local")


def test_forms_are_read_on_every_node(nodes, stack, tmp_path, rows):
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(8):
        (folder / f"{number}.png").write_bytes(stack.scan(number % 2).read_bytes())
    (folder / "8.png").write_bytes(stack.scan(0).read_bytes()[:2000])
    read_into(tmp_path / "ray", [str(folder)], forms=[stack.template], engine="ray", part_size=4)
    read_into(tmp_path / "local", [str(folder)], forms=[stack.template], jobs=2, part_size=4)
    assert len(rows(tmp_path / "ray")) == 9
    assert rows(tmp_path / "ray") == rows(tmp_path / "local")


def test_members_of_archives_are_opened_where_they_are_read(tmp_path, rows, pngs):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(40):
            archive.writestr(f"{number}.png", pngs[number % 12])
    read_into(tmp_path / "ray", [str(tmp_path / "a.zip")], engine="ray", jobs=1)
    read_into(tmp_path / "local", [str(tmp_path / "a.zip")], jobs=1)
    assert rows(tmp_path / "ray") == rows(tmp_path / "local")


def test_a_cluster_that_is_not_there_is_soon_an_error(scans, tmp_path):
    began = time.monotonic()
    with pytest.raises(BatchError, match="no Ray cluster to be reached"):
        read_into(tmp_path / "out", [str(scans)], engine="ray", ray_address="127.0.0.1:1")
    assert time.monotonic() - began < 30  # 10 on a quiet machine
    with pytest.raises(UsageError, match="Only Ray has a cluster"):
        read_into(tmp_path / "out", [str(scans)], ray_address="auto")
