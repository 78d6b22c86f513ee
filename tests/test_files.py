import os
import stat
from pathlib import Path

import pytest

from digitscope.files import write_whole


def test_a_file_is_written_with_its_folders(tmp_path):
    path = tmp_path / "a" / "b" / "c.txt"
    write_whole(path, b"whole")
    assert path.read_bytes() == b"whole"


def test_the_content_may_come_from_a_function(tmp_path):
    write_whole(tmp_path / "c.txt", lambda file: print(file.write(b"in parts, ") and file.write(b"and whole")))
    assert (tmp_path / "c.txt").read_bytes() == b"in parts, and whole"


def test_the_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "ordinary").touch()
    write_whole(tmp_path / "ours", b"")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ordinary", "ours")]
    assert modes[0] == modes[1]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, disk_with_room_for):
    path = tmp_path / "c.txt"
    path.write_bytes(b"old")

    with disk_with_room_for(10_000), pytest.raises(OSError, match="File too large"):
        write_whole(path, bytes(20_000))

    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["c.txt"]


def test_file_and_folder_are_on_the_disk_before_the_rename_and_the_rename_before_the_end(tmp_path, monkeypatch):
    steps = []
    sync, rename = os.fsync, os.replace

    def syncing(handle):
        folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        steps.append("folder" if folder else f"file of {os.fstat(handle).st_size} bytes")
        sync(handle)

    def renaming(source, target):
        steps.append("rename")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(os, "replace", renaming)
    write_whole(tmp_path / "c.txt", lambda file: file.write(b"whole"))
    assert steps == ["file of 5 bytes", "folder", "rename", "folder"]


def test_an_interruption_in_the_middle_leaves_nothing(tmp_path):
    def interrupted(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "c.txt", interrupted)

    assert os.listdir(tmp_path) == []


def test_a_device_is_written_to_and_stays_a_device(tmp_path):
    # A pipe stands in for the device: were it replaced by a file, nothing would come out of its other end.
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(tmp_path / "pipe", b"through")
        assert os.read(reader, 99) == b"through"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_full_device_is_an_error():
    with pytest.raises(OSError, match="No space left on device"):
        write_whole(Path("/dev/full"), b"anything")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("file")

    write_whole(tmp_path / "link", b"new")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"new"


def test_an_error_names_the_path_that_was_given(tmp_path):
    (tmp_path / "plain").touch()
    with pytest.raises(NotADirectoryError) as refused:
        write_whole(tmp_path / "plain" / "c.txt", b"")
    assert refused.value.filename == str(tmp_path / "plain" / "c.txt")
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, b"")
