"""What is in tars, zips and Parquet files; whole, damaged and hostile."""

import io
import tarfile
import zipfile

import pyarrow as pa
import pytest
from pyarrow import parquet

from digitscope.batch.archives import count, members
from digitscope.batch.work import item_bytes
from digitscope.errors import ImageError


def tarred(path, pngs, mode="w"):
    """A tar as WebDataset writes it."""
    with tarfile.open(path, mode) as archive:
        for number, content in enumerate(pngs):
            for ending, data in (("cls", b"7"), ("png", content)):
                member = tarfile.TarInfo(f"train/{number:04d}.{ending}")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return path


def contents(found):
    """The bytes of each item, or its error, taken in the order in which a batch does."""
    result = []
    for item in found:
        try:
            result.append(item_bytes(item.loaded()))
        except ImageError as error:
            result.append(error)
    return result


@pytest.mark.parametrize(
    ("name", "mode"), [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tgz", "w:gz"), ("a.tar.xz", "w:xz")]
)
def test_a_tars_images_are_found_whatever_compresses_it(name, mode, tmp_path, pngs):
    path = str(tarred(tmp_path / name, pngs, mode))
    assert contents(members(path)) == pngs
    assert [item.member for item in members(path)][:2] == ["train/0000.png", "train/0001.png"]


def test_a_zips_images_are_found(tmp_path, pngs):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.md", "no image")
        archive.writestr("__MACOSX/._0.png", "no image")
        for number, content in enumerate(pngs):
            archive.writestr(f"{number}.png", content)
    assert contents(members(str(tmp_path / "a.zip"))) == pngs


@pytest.mark.parametrize(
    "kind", [pa.binary(), pa.large_binary(), pa.struct([("bytes", pa.binary()), ("path", pa.string())])]
)
def test_a_parquet_files_images_are_found(kind, tmp_path, pngs):
    images = pngs if not pa.types.is_struct(kind) else [{"bytes": png, "path": "x"} for png in pngs]
    table = pa.table({"label": list(range(len(pngs))), "image": pa.array(images, kind)})
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=5)
    found = list(members(str(tmp_path / "a.parquet")))
    assert contents(found) == pngs
    assert [item.member for item in found] == [str(n) for n in range(len(pngs))]


def test_a_column_is_chosen_by_name_and_a_wrong_one_is_an_error_that_lists_the_others(tmp_path, pngs):
    path = str(tmp_path / "a.parquet")
    parquet.write_table(pa.table({"front": pngs, "back": [None, *pngs[1:]], "n": list(range(12))}), path)
    assert contents(members(path, column="front")) == pngs
    found = contents(members(path, column="back"))
    assert "The row has no image" in str(found[0])
    assert found[1:] == pngs[1:]
    for column in (None, "n", "side"):
        (error,) = contents(members(path, column=column))
        assert "Expected one of front, back" in str(error)


def test_of_a_tar_that_is_cut_off_all_before_the_cut_is_read(tmp_path, pngs):
    whole = tarred(tmp_path / "a.tar", pngs).read_bytes()
    offset = [item.content.start for item in members(str(tmp_path / "a.tar"))][5]
    for cut in (offset + 10, offset - 100):  # within an image, and within the header before it
        (tmp_path / "cut.tar").write_bytes(whole[:cut])
        *images, error = contents(members(str(tmp_path / "cut.tar")))
        images = [one for one in images if not isinstance(one, ImageError)]
        assert images == pngs[:5]
        assert "damaged" in str(error) or "cut off" in str(error)


def test_of_a_compressed_tar_that_is_cut_off_some_is_read_and_the_rest_is_an_error(tmp_path, pngs):
    whole = tarred(tmp_path / "a.tar.gz", pngs, "w:gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) * 2 // 3])
    found = contents(members(str(tmp_path / "cut.tar.gz")))
    errors = [one for one in found if isinstance(one, ImageError)]
    images = [one for one in found if not isinstance(one, ImageError)]
    assert errors
    assert images
    assert images == pngs[: len(images)]


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.zip", "a.parquet"])
@pytest.mark.parametrize("content", [b"", b"no archive" * 100, bytes(2000)])
def test_what_is_no_archive_is_an_error_or_empty(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    assert all(isinstance(one, ImageError) for one in contents(members(str(tmp_path / name))))


@pytest.mark.parametrize(("name", "some"), [("a.tar", True), ("a.zip", False), ("a.parquet", False)])
def test_only_of_a_tar_is_said_that_what_is_before_the_damage_is_read(name, some, tmp_path):
    (tmp_path / name).write_bytes(b"no archive" * 100)
    (error,) = contents(members(str(tmp_path / name)))
    assert ("What is before that is read" in str(error)) is some


def test_a_damaged_member_of_a_zip_costs_itself_only(tmp_path, pngs):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, content in enumerate(pngs):
            archive.writestr(f"{number}.png", content)
    data = bytearray(path.read_bytes())
    at = data.index(pngs[4]) + 30
    data[at] ^= 255
    path.write_bytes(data)
    found = contents(members(str(path)))
    assert "The member is damaged" in str(found[4])
    assert found[:4] + found[5:] == pngs[:4] + pngs[5:]


@pytest.mark.parametrize("cut", [None, 3000])
def test_what_is_in_an_archive_is_counted_without_reading_it(tmp_path, pngs, cut):
    tarred(tmp_path / "a.tar", pngs)
    tarred(tmp_path / "a.tgz", pngs, "w:gz")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number, content in enumerate(pngs):
            archive.writestr(f"{number}.png", content)
    parquet.write_table(pa.table({"front": pngs, "back": pngs}), tmp_path / "a.parquet")
    for name in ("a.tar", "a.zip", "a.parquet", "gone.zip"):
        path = tmp_path / name
        if cut and path.exists():
            path.write_bytes(path.read_bytes()[:cut])
        for column in ("front", "side"):
            assert count(str(path), column=column) == len(list(members(str(path), column=column)))
    assert count(str(tmp_path / "a.tgz")) is None
    assert count("s3://bucket/a.zip") is None
    assert count("a.png") == 1


def test_an_archive_that_is_gone_is_an_error(tmp_path):
    (error,) = contents(members(str(tmp_path / "gone.tar")))
    assert "There is no such file" in str(error)
