"""The page in headless Chromium: a person's way through the page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import MARKS, SIZES, faults, open_page, shot
from PIL import Image
from served import running

import patentzoo as pz
from patentzoo.evaluate.demo import gallery_folder
from patentzoo.server import create_app

pytestmark = MARKS
QUERY, VIEW = "LD000015-D00005.png", "LD000015-D00001.png"


@pytest.fixture(scope="module")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("app")
    shutil.copytree(gallery_folder(), root / "gallery")
    for name in (QUERY, VIEW):
        (root / "gallery" / name).rename(root / name)
    (root / "broken.png").write_bytes(b"no picture")
    (root / "large.png").write_bytes(b"\0" * 20_000_001)
    chair = Image.open(root / QUERY).convert("L")
    sheet = Image.new("L", (2 * chair.width, chair.height), 255)
    sheet.paste(chair, (0, 0))
    fan = Image.open(root / "gallery" / "LD000010-D00001.png").convert("L")
    sheet.paste(fan.resize(chair.size), (chair.width, 0))
    sheet.save(root / "sheet.png")
    return root


@pytest.fixture(scope="module")
def address(drawings: Path) -> Iterator[str]:
    lines = ["file,patent,title,locarno,granted"]
    for path in sorted((drawings / "gallery").glob("*.png")):
        patent = path.name.partition("-")[0]
        chairs = patent == "LD000015"
        lines.append(
            f"{path.name},{patent},{'Chair' if chairs else 'Other'},"
            f"{'06-01' if chairs else '14-02'},20{10 + int(patent[-2:]) % 15}-05-01"
        )
    table = drawings / "patents.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    built = pz.build_index(pz.load_model(), drawings / "gallery", patent=str(table))
    with running(create_app(built)) as root:
        yield root


@pytest.fixture(params=SIZES)
def page(browser, address: str, request: pytest.FixtureRequest) -> Iterator[object]:
    opened = open_page(browser, request.param)
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda asked: faults.extend(_foreign(asked.url, address)))
    opened.goto(address)
    yield opened
    assert faults == []
    opened.close()


def _foreign(url: str, address: str) -> list[str]:
    return [] if url.startswith((address, "blob:", "data:")) else [url]


def _search(page) -> str:
    with page.expect_response("**/search"):
        page.get_by_role("button", name="Search").click()
    page.locator(".go:enabled").wait_for()
    return page.locator("#status").inner_text()


def test_upload_crop_second_view_filter(page, drawings: Path):
    page.set_input_files("#files", drawings / "sheet.png")
    assert "patents" in _search(page)
    whole = page.locator("#hits h3").first.inner_text()

    stage = page.locator(".stage").first
    stage.scroll_into_view_if_needed()
    box = page.locator(".stage img").first.bounding_box()
    # The left half of the picture, which fills the stage's width or height.
    left = page.evaluate(
        "() => { const i = document.querySelector('.stage img'), r = i.getBoundingClientRect();"
        "const s = Math.min(r.width / i.naturalWidth, r.height / i.naturalHeight);"
        "return [r.left + (r.width - i.naturalWidth * s) / 2, i.naturalWidth * s,"
        " r.top + (r.height - i.naturalHeight * s) / 2, i.naturalHeight * s]; }"
    )
    x, width, y, height = left
    page.mouse.move(x + 1, y + 1)
    page.mouse.down()
    page.mouse.move(x + width * 0.5, y + height - 1, steps=4)
    page.mouse.up()
    assert page.locator(".box").first.is_visible()
    assert box is not None
    _search(page)
    assert page.locator("#hits h3").first.inner_text() == "1. LD000015"
    cut = float(page.locator("#hits .facts span").first.inner_text())

    page.set_input_files("#files", drawings / VIEW)
    _search(page)
    assert page.locator(".view").count() == 2
    assert page.locator("#hits h3").first.inner_text() == "1. LD000015"
    assert float(page.locator("#hits .facts span").first.inner_text()) > cut - 0.2
    assert page.locator("#hits .figures").first.locator("img").count() == 3
    shot(page, "app")

    page.locator("[name=locarno]").fill("14")
    _search(page)
    assert "LD000015" not in page.locator("#hits").inner_text()
    page.locator("[name=since]").fill("2020-01-01")
    count = page.locator("#hits > li").count()
    _search(page)
    assert 0 < page.locator("#hits > li").count() <= count
    assert whole.startswith("1. ")


def test_the_rectangle_by_keyboard(page, drawings: Path):
    page.set_input_files("#files", drawings / QUERY)
    page.locator(".stage").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".box").is_visible()
    before = page.locator(".box").bounding_box()
    page.keyboard.press("Shift+ArrowLeft")
    after = page.locator(".box").bounding_box()
    assert after["width"] < before["width"]
    page.keyboard.press("Escape")
    assert not page.locator(".box").is_visible()
    page.get_by_role("button", name="Remove").click()
    assert page.locator(".view").count() == 0
    assert page.get_by_role("button", name="Search").is_disabled()


@pytest.mark.parametrize(
    ("name", "said"), [("broken.png", "broken.png"), ("large.png", "larger than 20 MB")]
)
def test_a_broken_and_an_oversized_file(page, drawings: Path, name: str, said: str):
    page.set_input_files("#files", drawings / name)
    assert said in _search(page)
    assert "bad" in page.locator("#status").get_attribute("class")
    page.get_by_role("button", name="Remove").click()
    page.set_input_files("#files", drawings / QUERY)
    assert "patents" in _search(page)  # the page goes on


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(page, drawings: Path, scheme: str):
    page.emulate_media(color_scheme=scheme)
    assert faults(page) == []
    page.set_input_files("#files", drawings / QUERY)
    _search(page)
    assert faults(page) == []
    assert page.evaluate("[...document.querySelectorAll('img')].every((i) => i.alt && i.complete)")
    shot(page, f"app-{scheme}")
