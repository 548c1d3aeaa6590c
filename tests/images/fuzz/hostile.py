"""Files made to do harm, each by design: archives, PDFs and XML."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator

from mutations import Named
from sheets import grant_xml, tarred, zipped

ENTITY = "BOOM-ENTITY-EXPANDED"
"""What an expanded entity would leave behind."""


def hostile_files(picture: bytes, secret: str) -> Iterator[Named]:
    """Name and bytes of each.

    Args:
        picture: A PNG that can be read.
        secret: Path of a file that nothing may open.
    """
    yield from _archives(picture, secret)
    yield from _pdfs()
    for number, declared in enumerate(_entities(secret)):
        sheet = f"USD000000{number}-20210105"
        xml = grant_xml().replace(b"[ ]", b"[" + declared.encode() + b"]")
        xml = xml.replace(b"Chair &amp; table", b"&x; chair")
        yield f"xml-{number}/{sheet}.XML", xml
        yield f"xml-{number}/{sheet}-D00001.png", picture
        yield f"xml-{number}.zip", zipped({f"{sheet}.XML": xml, f"{sheet}-D00001.png": picture})


def _archives(picture: bytes, secret: str) -> Iterator[Named]:
    out = {"../../out.png": picture, "/tmp/out.png": picture, "a/../../../out.png": picture}
    backslash = {"..\\..\\out.png": picture, "C:\\out.png": picture}
    for suffix, pack in (("zip", zipped), ("tar", tarred)):
        yield f"names.{suffix}", pack(out)
        yield f"backslash.{suffix}", pack(backslash)
        yield f"odd.{suffix}", pack({"a\nb.png": picture, "\x1b[31m.png": picture, "é.png": b""})
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
        yield f"link-{kind.decode()}.tar", _link(kind, secret)
    yield "twice.zip", _twice(picture)
    data = {"a.png": picture}
    for depth in range(12):
        data = {f"{depth}.zip": zipped(data)}
    yield "nested.zip", zipped(data)
    yield "bomb.zip", zipped({f"{n}.png": bytes(5_000_000) for n in range(20)})
    yield "bomb.tar.gz", tarred({f"{n}.png": bytes(5_000_000) for n in range(20)}, "w:gz")
    yield "lying.zip", _lying(zipped({"a.png": picture}))
    yield "negative.tar", tarred({"a.png": picture}).replace(b"0000644", b"\xff" * 7)
    pax = tarfile.TarInfo("x")
    pax.type, pax.size = tarfile.XHDTYPE, 1 << 40
    yield "pax.tar", pax.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


def _link(kind: bytes, target: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo("link.png")
        info.type, info.linkname = kind, target
        archive.addfile(info)
    return stream.getvalue()


def _twice(picture: bytes) -> bytes:
    """Two members of one name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("a.png", "b.png"):
            archive.writestr(name, picture)
    return stream.getvalue().replace(b"b.png", b"a.png")


def _lying(data: bytes) -> bytes:
    """The directory claims four gigabytes less one."""
    at = data.rindex(b"PK\x01\x02") + 24
    return data[:at] + b"\xfe\xff\xff\xff" + data[at + 4 :]


def _pdfs() -> Iterator[Named]:
    loop = "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000 >>"
    yield "loop.pdf", _pdf({1: "<< /Type /Catalog /Pages 2 0 R >>", 2: loop})
    form = "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 5 /Resources 5 0 R >>"
    form += "\nstream\n/F Do\nendstream"
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %s] /Contents 6 0 R /Resources 5 0 R >>"
    pages = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    body = {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: pages,
        3: page % "99 99",
        4: form,
        5: "<< /XObject << /F 4 0 R >> >>",
        6: "<< /Length 5 >>\nstream\n/F Do\nendstream",
    }
    yield "itself.pdf", _pdf(body)
    yield "huge.pdf", _pdf({**body, 3: page % "99999999 99999999"})
    yield "none.pdf", _pdf({**body, 3: page % "0 0"})
    yield "lengths.pdf", _pdf({**body, 6: "<< /Length 6 0 R >>\nstream\n/F Do\nendstream"})
    locked = (
        "<< /Filter /Standard /V 1 /R 2 /P -44 /O (01234567890123456789012345678901) "
        "/U (01234567890123456789012345678901) >>"
    )
    trailer = "/Encrypt 7 0 R /ID [(0123456789012345) (0123456789012345)]"
    yield "password.pdf", _pdf({**body, 7: locked}, trailer)
    yield "header-only.pdf", b"%PDF-1.7\n"


def _pdf(objects: dict[int, str], trailer: str = "") -> bytes:
    data = b"%PDF-1.7\n"
    places = {}
    for number, text in objects.items():
        places[number] = len(data)
        data += f"{number} 0 obj\n{text}\nendobj\n".encode()
    start = len(data)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    data += b"".join(f"{places[n]:010d} 00000 n \n".encode() for n in sorted(places))
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n"
    return data + end.encode() + b"%%EOF\n"


def _entities(secret: str) -> Iterator[str]:
    yield f'<!ENTITY x "{ENTITY}">'
    yield f'<!ENTITY x SYSTEM "file://{secret}">'
    yield f'<!ENTITY % x SYSTEM "file://{secret}"> %x;'
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    yield f'<!ENTITY l0 "{ENTITY}">{laughs}<!ENTITY x "&l9;">'
    yield '<!ENTITY x PUBLIC "-//x" "http://127.0.0.1:9/x">'
