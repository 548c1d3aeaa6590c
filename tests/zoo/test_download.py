"""Downloads that are cut, changed, refused, slow, too large or have nowhere to go."""

from __future__ import annotations

import email.utils
import random
import shutil
import time
from pathlib import Path

import pytest
from loopback import Fault, Loopback, Served

from patentzoo.errors import DownloadError, OutputError
from patentzoo.zoo.download import RetryPolicy, download

QUICK = RetryPolicy(connect_s=2, read_s=0.3, tries=3, backoff_s=0.01, retry_after_s=5)
DATA = random.Random(0).randbytes(600_000)


@pytest.fixture
def url(server: Loopback) -> str:
    server.files["/file.bin"] = Served(DATA)
    return f"{server.address}/file.bin"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "in" / "file.bin"


def nothing_there(target: Path) -> bool:
    return not target.exists()


def test_a_file_arrives_whole_and_nothing_else_stays(server, url, target):
    assert download(url, target, policy=QUICK) == target
    assert target.read_bytes() == DATA
    assert [each.name for each in target.parent.iterdir()] == ["file.bin"]
    assert server.asked == [("GET", "/file.bin", "")]


@pytest.mark.parametrize("seed", range(20))
def test_cut_at_a_random_point_it_goes_on_there(server, url, target, seed):
    """Each time cut, then cut again in the rest."""
    rng = random.Random(seed)
    first = rng.randrange(1, len(DATA))
    server.faults.extend([Fault(cut=first), Fault(cut=rng.randrange(0, len(DATA) - first))])
    assert download(url, target, policy=QUICK).read_bytes() == DATA
    ranges = [asked for _, _, asked in server.asked]
    assert ranges[:2] == ["", f"bytes={first}-"]


def test_twenty_cuts_in_one_download(server, url, target):
    points = sorted(random.Random(7).sample(range(1, len(DATA)), 20))
    server.faults.extend(Fault(cut=b - a) for a, b in zip([0, *points], points, strict=False))
    assert download(url, target, policy=QUICK).read_bytes() == DATA
    assert len(server.asked) == 21


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(server, url, target):
    server.faults.append(Fault(cut=200_000))
    server.always = Fault(cut=0)
    with pytest.raises(DownloadError, match="3 times in a row"):
        download(url, target, policy=QUICK)
    assert nothing_there(target)
    server.always = Fault()
    assert download(url, target, policy=QUICK).read_bytes() == DATA
    assert server.asked[-1][2] == "bytes=200000-"


def test_a_file_that_changed_meanwhile_is_begun_anew(server, url, target):
    server.faults.extend([Fault(cut=200_000), *[Fault(cut=0)] * 3])
    with pytest.raises(DownloadError):
        download(url, target, policy=QUICK)
    server.files["/file.bin"] = Served(DATA[::-1], etag='"second"')
    assert download(url, target, policy=QUICK).read_bytes() == DATA[::-1]


@pytest.mark.parametrize(
    "served",
    [Served(DATA, ranges=False), Served(DATA, etag='W/"weak"'), Served(DATA, announced=False)],
    ids=["no ranges", "weak etag", "length unknown"],
)
def test_where_the_server_cannot_go_on_it_is_begun_anew(server, url, target, served):
    server.files["/file.bin"] = served
    if served.announced:
        server.faults.append(Fault(cut=300_000))
    assert download(url, target, policy=QUICK).read_bytes() == DATA


@pytest.mark.parametrize("start", [0, 5])
def test_another_range_than_asked_for_is_not_appended(server, url, target, start):
    wrong = f"bytes {start}-{len(DATA) - 1}/{len(DATA)}"
    partial = Fault(status=206, body=DATA[start:], headers=(("Content-Range", wrong),))
    server.faults.extend([Fault(cut=1000), partial])
    assert download(url, target, policy=QUICK).read_bytes() == DATA


def test_a_part_as_long_as_the_file_is_the_file(server, url, target):
    server.faults.append(Fault(cut=200_000))
    server.always = Fault(cut=0)
    with pytest.raises(DownloadError):
        download(url, target, policy=QUICK)
    server.always = Fault()
    target.with_name("file.bin.part").write_bytes(DATA)
    note = target.with_name("file.bin.part.json")
    note.write_text(note.read_text().replace(f'"total": {len(DATA)}', '"total": null'))
    assert download(url, target, policy=QUICK).read_bytes() == DATA
    assert server.asked[-1][2] == f"bytes={len(DATA)}-"


@pytest.mark.parametrize(
    ("status", "says"), [(404, "404"), (410, "410"), (401, "401"), (403, "403")]
)
def test_a_refusal_is_final_and_names_the_way_by_hand(server, url, target, status, says):
    server.always = Fault(status=status)
    with pytest.raises(DownloadError, match=f"HTTP {says}.*patentzoo convert FILE"):
        download(url, target, policy=QUICK)
    assert len(server.asked) == 1
    assert nothing_there(target)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_when_it_says(server, url, target, status):
    server.faults.append(Fault(status=status, headers=(("Retry-After", "1"),)))
    before = time.monotonic()
    assert download(url, target, policy=QUICK).read_bytes() == DATA
    assert time.monotonic() - before >= 1


def test_a_date_in_retry_after(server, url, target):
    date = email.utils.formatdate(time.time() + 2, usegmt=True)
    server.faults.append(Fault(status=503, headers=(("Retry-After", date),)))
    before = time.monotonic()
    download(url, target, policy=QUICK)
    assert 0.5 <= time.monotonic() - before <= 4


def test_a_wait_of_hours_is_left_to_the_user(server, url, target):
    server.always = Fault(status=429, headers=(("Retry-After", "3600"),))
    with pytest.raises(DownloadError, match="wait 3,600 seconds"):
        download(url, target, policy=QUICK)


def test_a_server_busy_for_good_is_given_up(server, url, target):
    server.always = Fault(status=503)
    with pytest.raises(DownloadError, match=r"HTTP 503.*3 times in a row"):
        download(url, target, policy=QUICK)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "fault",
    [
        Fault(headers=(("Content-Type", "text/html; charset=utf-8"),), body=b"<p>gone</p>"),
        Fault(body=b"\n<!DOCTYPE html><html><title>Dropbox</title></html>"),
        Fault(body=b"<html><body>Sign in</body></html>"),
    ],
)
def test_a_web_page_is_no_file(server, url, target, fault):
    server.always = fault
    with pytest.raises(DownloadError, match="a web page came instead of a file"):
        download(url, target, policy=QUICK)
    assert nothing_there(target)
    assert len(server.asked) == 1


def test_redirects_are_followed_but_not_without_end(server, url, target):
    server.faults.append(Fault(status=302, headers=(("Location", "/file.bin?2"),)))
    assert download(url, target, policy=QUICK).read_bytes() == DATA
    server.always = Fault(status=302, headers=(("Location", "/file.bin"),))
    with pytest.raises(DownloadError, match="redirects without end"):
        download(url, target.with_name("other"), policy=QUICK)


def test_a_server_slower_than_the_time_out(server, url, target):
    server.always = Fault(wait_s=0.6)
    with pytest.raises(DownloadError, match="too slow, 3 times in a row"):
        download(url, target, policy=QUICK)


def test_a_server_that_stops_after_each_byte_is_given_up(server, url, target):
    """Each attempt brings a byte before its time-out; together they are too slow."""
    server.always = Fault(drip_s=1.0)
    with pytest.raises(DownloadError, match="bytes came in"):
        download(url, target, policy=RetryPolicy(read_s=0.1, tries=1, pace_s=0.5))
    assert nothing_there(target)


def test_a_server_that_drips_below_every_time_out_is_given_up(server, url, target):
    server.always = Fault(drip_s=0.02, cut=300)
    with pytest.raises(DownloadError, match="bytes came in"):
        download(url, target, policy=RetryPolicy(read_s=5, pace_s=0.5, pace_bytes=1000))


def test_no_server_at_all(target):
    with pytest.raises(DownloadError, match="no connection"):
        download("http://127.0.0.1:9/x", target, policy=QUICK)


def test_an_address_that_is_none(target):
    with pytest.raises(DownloadError, match="cannot be fetched"):
        download("http://", target, policy=QUICK)


def test_too_many_bytes_are_refused_announced_or_not(server, url, target):
    small = RetryPolicy(max_bytes=1000)
    with pytest.raises(DownloadError, match="too many"):
        download(url, target, policy=small)
    server.files["/file.bin"].announced = False
    with pytest.raises(DownloadError, match="more bytes than were announced"):
        download(url, target, policy=small)


def test_a_disk_that_fills_up_and_is_cleared(server, url, target):
    """The kernel refuses to let the file grow, as on a full disk; then it may grow again."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
    try:
        with pytest.raises(OutputError, match=r"cannot be written .*Make room"):
            download(url, target, policy=QUICK)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert nothing_there(target)
    assert download(url, target, policy=QUICK).read_bytes() == DATA
    assert server.asked[-1][2] == "bytes=400000-"


def test_a_disk_too_small_is_noticed_before_the_first_byte(url, target, monkeypatch):
    usage = shutil.disk_usage(target.anchor)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100_000))
    with pytest.raises(OutputError, match="MB are free"):
        download(url, target, policy=QUICK)
    assert nothing_there(target)


def test_no_permission_to_write(url, target, unprivileged):
    download(url, target, policy=QUICK)  # imports what it needs, while it may
    target.parent.chmod(0o555)
    with unprivileged(), pytest.raises(OutputError, match="Permission denied"):
        download(url, target.with_name("b.bin"), policy=QUICK)
    target.parent.chmod(0o755)
    assert [each.name for each in target.parent.iterdir()] == ["file.bin"]


def test_a_proxy_of_the_environment_is_used(server, url, target, monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HTTP_PROXY", server.address)
    monkeypatch.setenv("http_proxy", server.address)
    server.files["http://models.example/file.bin"] = Served(DATA[::-1])
    found = download("http://models.example/file.bin", target, policy=QUICK)
    assert found.read_bytes() == DATA[::-1]
