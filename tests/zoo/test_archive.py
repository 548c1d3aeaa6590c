"""Files from strangers: known by their contents, and unable to do harm."""

from __future__ import annotations

import io
import stat
import zipfile

import pytest
import torch
from safetensors.torch import save
from small_reference import saved, zipped

from patentzoo.errors import WeightsError
from patentzoo.zoo.archive import (
    CheckpointMember,
    ZipLimits,
    check_torch_zip,
    find_members,
    kind_of_file,
    member_names,
    unpack,
)

PATTERNS = ("*.pth", "*.pt")


@pytest.fixture
def put(tmp_path):
    def write(data: bytes, name: str = "file.zip"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def legacy(state: object) -> bytes:
    stream = io.BytesIO()
    torch.save(state, stream, _use_new_zipfile_serialization=False)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (saved({"a": torch.zeros(2)}), "torch"),
        (legacy({"a": torch.zeros(2)}), "pickle"),
        (save({"a": torch.zeros(2)}), "safetensors"),
        (zipped({"net.pth": b"x"}), "zip"),
        (zipped({}), "zip"),
        (b"  <!DOCTYPE html><html>", "html"),
        (b"<html lang='en'>", "html"),
        (b"Rar!", "unknown"),
        (b"", "unknown"),
    ],
)
def test_a_file_is_known_by_its_contents(put, data, kind):
    assert kind_of_file(put(data)) == kind


def test_the_latest_epoch_comes_first_and_nameless_ones_last(put):
    names = ["a/net_epoch9.pth", "a/net_Epoch-19.pth", "net_epoch_100.pth", "best.pth", "x.txt"]
    path = put(zipped({name: b"x" for name in [*names, "__MACOSX/._net_epoch500.pth"]}))
    assert [m.name for m in find_members(path, PATTERNS)] == [
        names[2],
        names[1],
        names[0],
        names[3],
    ]
    assert set(member_names(path)) > set(names)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.pth",
        "a/../../evil.pth",
        "/etc/evil.pth",
        "..\\evil.pth",
        "C:\\evil.pth",
        "C:/e.pth",
    ],
)
def test_names_that_lead_out_of_the_folder_are_refused(put, tmp_path, name):
    path = put(zipped({"net_epoch1.pth": b"x", name: b"harm"}))
    with pytest.raises(WeightsError, match="leads out of the zip's own folder"):
        find_members(path, PATTERNS)
    assert [each.name for each in tmp_path.iterdir()] == ["file.zip"]


def test_a_link_in_a_zip_is_refused(put):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("net.pth")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(WeightsError, match="leads out"):
        find_members(put(stream.getvalue()), PATTERNS)


def test_bombs_are_refused_by_what_they_announce(put):
    with pytest.raises(WeightsError, match="zip bomb"):
        find_members(put(zipped({"net.pth": bytes(20_000_000)})), PATTERNS)
    many = put(zipped({f"{i}.txt": b"" for i in range(40)}))
    with pytest.raises(WeightsError, match="40 members; refused above 30"):
        find_members(many, PATTERNS, ZipLimits(members=30))
    with pytest.raises(WeightsError, match="unpacks to 1,000 bytes; refused"):
        find_members(put(zipped({"net.pth": bytes(1000)})), PATTERNS, ZipLimits(total_bytes=999))


def test_a_bomb_that_lies_about_its_size_is_stopped(put, tmp_path):
    """The directory says ten bytes; zipfile then reads ten, and their CRC is not the whole's."""
    data = bytearray(zipped({"net.pth": bytes(range(256)) * 100}))
    place = data.rindex(b"PK\x01\x02") + 24
    data[place : place + 4] = (10).to_bytes(4, "little")
    path = put(bytes(data))
    (member,) = find_members(path, PATTERNS)
    assert member.size_bytes == 10
    with pytest.raises(WeightsError, match="damaged"):
        unpack(path, member, tmp_path / "out")


def test_one_member_is_unpacked_under_a_name_of_ours(put, tmp_path):
    path = put(zipped({"folder/net_epoch3.pth": b"weights"}))
    (member,) = find_members(path, PATTERNS)
    assert unpack(path, member, tmp_path / "mine").read_bytes() == b"weights"
    assert not (tmp_path / "folder").exists()
    short = CheckpointMember(member.name, 3, member.modified, size_bytes=3)
    with pytest.raises(WeightsError, match="longer than the zip announces"):
        unpack(path, short, tmp_path / "mine")


def test_an_encrypted_member_is_refused(put, tmp_path):
    data = bytearray(zipped({"net.pth": b"weights"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(mark) + offset] |= 1
    path = put(bytes(data))
    with pytest.raises(WeightsError, match=r"cannot be read .*encrypted"):
        unpack(path, find_members(path, PATTERNS)[0], tmp_path / "out")


@pytest.mark.parametrize("end", [10, 300, -1, -30])
def test_a_zip_cut_off_is_said_to_be(put, end):
    path = put(zipped({"net.pth": bytes(range(256)) * 4})[:end])
    with pytest.raises(WeightsError, match="cut off or damaged"):
        find_members(path, PATTERNS)


def test_a_flipped_bit_in_a_checkpoint_is_noticed(put):
    """torch itself reads on; the CRC-32 in its zip tells."""
    data = bytearray(saved({"a": torch.ones(5000)}))
    check_torch_zip(put(bytes(data), "net.pth"))
    data[len(data) // 2] ^= 1
    with pytest.raises(WeightsError, match="damaged"):
        check_torch_zip(put(bytes(data), "net.pth"))
