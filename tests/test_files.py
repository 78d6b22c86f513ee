import os
import stat

import pytest

from conftest import disk_with_room_for
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


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "c.txt"
    path.write_bytes(b"old")

    with disk_with_room_for(10_000), pytest.raises(OSError, match="File too large"):
        write_whole(path, bytes(20_000))

    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["c.txt"]


def test_an_interruption_in_the_middle_leaves_nothing(tmp_path):
    def interrupted(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "c.txt", interrupted)

    assert os.listdir(tmp_path) == []
