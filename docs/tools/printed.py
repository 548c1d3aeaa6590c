"""The code printed in README and docs: found, run in a folder of examples, its output compared.

A ```` ```python ```` block is run; a ```` ```text ```` block right below it is what it prints. The
blocks of one page share their names, as in one session.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from patentzoo.evaluate.examples import write_examples

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))
GALLERY = ROOT / "patentzoo" / "samples"
EXAMPLE_SITE = "https://example.org/"

_FENCE = re.compile(r"^```(?P<language>\w+)[^\n]*\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_ADJACENT = re.compile(r"```\s*```text[^\n]*\n")
_NUMBER = re.compile(r"[-+]?\d+\.\d+")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and where in the page its text stands."""

    language: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Example:
    """A block of code and, if the page prints one, the block of its output."""

    code: Block
    output: Block | None


def blocks(page: str) -> list[Block]:
    """Every fenced block of a page, in order."""
    return [
        Block(found["language"], found["body"], found.start("body"), found.end("body"))
        for found in _FENCE.finditer(page)
    ]


def examples(page: str) -> list[Example]:
    """The Python blocks of a page; a text block counts as output if only white space is between."""
    found = blocks(page)
    made = []
    for number, block in enumerate(found):
        if block.language != "python":
            continue
        after = found[number + 1] if number + 1 < len(found) else None
        gap = page[block.end : after.start] if after else ""
        made.append(Example(block, after if _ADJACENT.fullmatch(gap) else None))
    return made


def run(page: str, folder: Path) -> list[str]:
    """Run a page's Python blocks in ``folder`` as one session; what each of them prints."""
    names: dict[str, object] = {"__name__": "__main__"}
    outputs = []
    with _site(folder) as address, contextlib.chdir(folder):
        for number, example in enumerate(examples(page), start=1):
            stream = io.StringIO()
            code = example.code.text.replace(EXAMPLE_SITE, address)
            with contextlib.redirect_stdout(stream):
                exec(compile(code, f"block {number}", "exec"), names)
            outputs.append(_shown(stream.getvalue().replace(address, EXAMPLE_SITE)))
    return outputs


def _shown(output: str) -> str:
    return output.rstrip() + "\n" if output.strip() else ""


def with_outputs(page: str, outputs: list[str]) -> str:
    """The page with each printed output replaced by the real one."""
    for example, real in reversed(list(zip(examples(page), outputs, strict=True))):
        if example.output is not None:
            page = page[: example.output.start] + real + page[example.output.end :]
    return page


def same(printed: str, real: str, tolerance: float = 0.02) -> bool:
    """Whether two outputs have the same lines but for the last digits of decimal numbers.

    Two lines may change places: another machine's rounding can turn the order of near ties.
    """
    pairs = zip(*(sorted(text.splitlines(), key=_bare) for text in (printed, real)), strict=False)
    return len(printed.splitlines()) == len(real.splitlines()) and all(
        _bare(a) == _bare(b) and _close(a, b, tolerance) for a, b in pairs
    )


def _bare(line: str) -> str:
    return _NUMBER.sub("#", line)


def _close(a: str, b: str, tolerance: float) -> bool:
    numbers = zip(_NUMBER.findall(a), _NUMBER.findall(b), strict=True)
    return all(abs(float(x) - float(y)) <= tolerance for x, y in numbers)


def lay_out(folder: Path) -> None:
    """Put the files the examples name into ``folder``, as ``patentzoo examples`` does."""
    write_examples(folder)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def _site(folder: Path) -> Iterator[str]:
    """Serve ``folder`` on this machine only: what stands for example.org in the examples."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=os.fspath(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    before = os.environ.get("NO_PROXY")
    os.environ["NO_PROXY"] = "127.0.0.1"
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        if before is None:
            del os.environ["NO_PROXY"]
        else:
            os.environ["NO_PROXY"] = before
        server.shutdown()
        thread.join()
        server.server_close()
