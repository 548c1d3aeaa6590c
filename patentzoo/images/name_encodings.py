"""Which of the double-byte encodings of East Asia a few short names are in."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

_SIMPLIFIED = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子"
    "说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机"
    "当使点从业本去把性好应开它合还因由其些然前外天四日事平形相全表间样与关各重新线内数正心反明看原"
    "又利比或但质气第向道此变条只没结解问意建月公无系情者最立代想已通并提直题程展五果料象员位入常文"
    "总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别手角期根论指几九区强放西做先回"
    "任取据处椅桌凳灯杯瓶盒壶锅柜架床沙箱包鞋车模型俯仰视左右侧剖专附壳座轮门窗钟表盖盘碗勺刀"
)
_TRADITIONAL = (
    "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子"
    "說產種面而方後多定行學法所民得經十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體制機"
    "當使點從業本去把性好應開它合還因由其些然前外天四日事平形相全表間樣與關各重新線內數正心反明看原"
    "又利比或但質氣第向道此變條只沒結解問意建月公無系情者最立代想已通並提直題程展五果料象員位入常文"
    "總次品式活設及管特件長求老頭基資邊流路級少圖山統接知較將組見計別手角期根論指幾九區強放西做先回"
    "任取據處椅桌凳燈杯瓶盒壺鍋櫃架床沙箱包鞋車模型俯仰視左右側剖專附殼座輪門窗鐘錶蓋盤碗勺刀"
)
_HANGUL = (
    "의자이가는을를에서로고다하한지기도면정배좌우평저사시참조디인전후측단상제품용구장치책램프컵병문손"
    "잡바퀴차량신발방계명대동일삼오육칠팔십특허출원등록물건형태부분결합해확표설서아나라마카타파어여유"
    "요은들만과와그리수있것보주안내외국성진선생학교회비공소금화림뚜껑판날개목침소파트스크린버튼창"
)


@dataclass(frozen=True)
class _Encoding:
    """An encoding and what names in it are made of.

    Attributes:
        name: Python's name of it.
        common: Characters that are met often.
        usual: Whether two bytes are a character that is not rare.
    """

    name: str
    common: frozenset[str]
    usual: Callable[[bytes], bool]

    def score(self, text: str) -> int:
        """Two for each common character, less two for each rare one."""
        total = 0
        for each in text:
            if each.isascii():
                continue
            if each in self.common:
                total += 2
            elif not self.usual(each.encode(self.name, "replace")):
                total -= 2
        return total


def _between(lead: tuple[int, int], trail: int = 0xA1) -> Callable[[bytes], bool]:
    """Whether the first of two bytes lies between these, and the second is no lower than that."""
    return lambda data: len(data) == 2 and lead[0] <= data[0] <= lead[1] and data[1] >= trail


_KANA = frozenset(map(chr, [*range(0x3041, 0x30FF)]))
_JAPANESE = _Encoding("cp932", _KANA, lambda data: len(data) == 1 or data[0] <= 0x97)
_OTHERS = (
    _Encoding("gb18030", frozenset(_SIMPLIFIED), _between((0xA1, 0xD7))),
    _Encoding("cp950", frozenset(_TRADITIONAL), _between((0xA1, 0xC6), 0x40)),
    _Encoding("cp949", frozenset(_HANGUL), _between((0xA1, 0xC8))),
)
_WIDE = ((0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF))
"""Kana, kanji, and the wide and narrow forms of Japanese: first and last code points."""


def guess(names: Collection[bytes]) -> str | None:
    """The encoding of names that belong together; None where none is likely.

    An encoding is likely that decodes all of them, to more common characters than rare ones; for
    Japanese, whose common characters are not listed, names of kana and kanji suffice.
    """
    best, found = 0, None
    for encoding in (_JAPANESE, *_OTHERS):
        texts = _texts(names, encoding.name)
        if not texts:
            continue
        score = sum(map(encoding.score, texts))
        if encoding is _JAPANESE:
            if all(map(_is_japanese, texts)) and score >= 0:
                best, found = score, encoding.name
        elif score > best:
            best, found = score, encoding.name
    return found


def _texts(names: Collection[bytes], encoding: str) -> set[str]:
    """The folders and files the names are made of; nothing where one cannot be decoded."""
    try:
        whole = [name.decode(encoding) for name in names]
    except UnicodeDecodeError:
        return set()
    if any(0xE000 <= ord(each) <= 0xF8FF for name in whole for each in name):
        return set()  # characters of nobody
    return {part for name in whole for part in name.replace("\\", "/").split("/")}


def _is_japanese(part: str) -> bool:
    """Whether decoding as cp932 gave a Japanese name, not a western one with its accents eaten.

    "Möbel" becomes one kanji among Latin letters; in a Japanese name they are half of it or more.
    """
    stem = [each for each in part.rpartition(".")[0] or part if each.isalpha()]
    wide = sum(any(low <= ord(each) <= high for low, high in _WIDE) for each in stem)
    foreign = sum(not each.isascii() for each in stem)
    return not foreign or (wide >= foreign and 2 * wide >= len(stem))
