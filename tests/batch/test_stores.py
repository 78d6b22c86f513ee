"""Sources on an object store: an S3 server of this machine."""

import io
import tarfile

import pytest

from digitscope.batch import read_into
from digitscope.batch.listing import files
from digitscope.batch.places import is_remote, store
from digitscope.errors import BatchError, ImageError, UsageError

moto = pytest.importorskip("moto.server", reason="moto is not installed: make .venv/dev.stamp")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:moto", "ignore::DeprecationWarning:botocore")


@pytest.fixture(scope="module")
def bucket(pngs):
    """The address of a bucket with digits in it, given the path in it."""
    import boto3

    server = moto.ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    patch = pytest.MonkeyPatch()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        patch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
    client.create_bucket(Bucket="digits")
    for number in range(4):
        client.put_object(Bucket="digits", Key=f"scans/{number} a.png", Body=pngs[number])
    client.put_object(Bucket="digits", Key="scans/deep/12.png", Body=pngs[4])
    client.put_object(Bucket="digits", Key="scans/notes.md", Body=b"no image")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for number in range(5, 8):
            member = tarfile.TarInfo(f"{number}.png")
            member.size = len(pngs[number])
            archive.addfile(member, io.BytesIO(pngs[number]))
    client.put_object(Bucket="digits", Key="shards/a.tar", Body=packed.getvalue())
    yield lambda path: f"s3://{path}?scheme=http&endpoint_override={host}%3A{port}&region=us-east-1"
    patch.undo()
    server.stop()


def names(*sources):
    return [entry.path.partition("?")[0] for entry in files(list(sources))]


def test_objects_are_listed_as_files_are(bucket):
    everything = [f"s3://digits/scans/{name}" for name in ("0 a.png", "1 a.png", "2 a.png", "3 a.png", "deep/12.png")]
    assert names(bucket("digits/scans")) == everything
    assert names(bucket("digits/scans/*.png")) == everything[:4]
    assert names(bucket("digits/scans/**/1*.png")) == [everything[1], everything[4]]
    assert names(bucket("digits/shards/a.tar")) == ["s3://digits/shards/a.tar"]


def test_objects_are_read_as_files_are(bucket, scans, tmp_path, rows, pngs):
    (tmp_path / "local").mkdir()
    for number in range(8):
        (tmp_path / "local" / f"{number}.png").write_bytes(pngs[number])
    read_into(tmp_path / "s3", [bucket("digits/scans"), bucket("digits/shards/*.tar")], jobs=1)
    read_into(tmp_path / "here", [str(tmp_path / "local")], jobs=1)
    strip = ("path", "member")
    here, there = (
        [{key: value for key, value in row.items() if key not in strip} for row in rows(tmp_path / name)]
        for name in ("here", "s3")
    )
    assert there == here
    assert [row["member"] for row in rows(tmp_path / "s3")][-3:] == ["5.png", "6.png", "7.png"]


@pytest.mark.parametrize("path", ["gone", "gone/a.png", "digits/gone", "digits/gone/*.png"])
def test_a_bucket_or_object_that_is_not_there_is_an_error(path, bucket):
    with pytest.raises(BatchError, match=r"(gives no list|nothing to read).* Received: source="):
        names(bucket(path))


def test_an_object_that_vanished_is_an_error_of_its_own(bucket):
    from digitscope.batch.places import opened

    with pytest.raises(ImageError, match=r"Received: path='s3://digits/gone\.png"):
        opened(bucket("digits/gone.png"))


@pytest.mark.parametrize("address", ["ftp://host/a", "s3://", "s3://key:secret@bucket/a", "http://host/a.png"])
def test_other_addresses_and_passwords_in_them_are_refused(address):
    assert is_remote(address)
    with pytest.raises(UsageError, match="Received: path=") as refused:
        store(address)
    assert "secret" not in str(refused.value)
