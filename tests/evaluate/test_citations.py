"""The protocol ``cited`` on a small collection of grants, and against loops."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from sheets import grant_files, lay, tarred, zipped

from patentzoo.errors import ConfigError
from patentzoo.evaluate import evaluate, load_protocol
from patentzoo.evaluate.citations import read_citations, score_citations
from patentzoo.sources.cited import cited_id
from patentzoo.sources.grant_xml import read_grant

A, B, C, D = "D0907292", "D0907293", "D0907294", "D0907295"
CITES = {A: ["D907,293", "D907294", "D100000"], B: ["D100001"], C: ["D907294", "D907292"], D: []}
"""As grants write them; C cites itself, too."""


def citing(patent: str, numbers: list[str]) -> dict[str, bytes]:
    """A grant's files whose XML cites designs."""
    name, files = grant_files(patent)
    each = "".join(
        f"<us-citation><patcit><document-id><country>US</country><doc-number>{number}"
        "</doc-number><kind>S</kind></document-id></patcit></us-citation>"
        for number in numbers
    )
    made = f"<us-references-cited>{each}</us-references-cited></us-bibliographic-data-grant>"
    xml = files[f"{name}.XML"].replace(b"</us-bibliographic-data-grant>", made.encode())
    return {f"{name}/{file}": data for file, data in (files | {f"{name}.XML": xml}).items()}


@pytest.fixture
def grants(tmp_path: Path) -> Path:
    """Four grants: A cites B and C, C cites A and itself, B and D cite none of these."""
    for patent, numbers in CITES.items():
        lay(tmp_path / "grants", citing(patent, numbers))
    return tmp_path / "grants"


def test_the_protocol_says_who_cites_whom(grants: Path):
    protocol = load_protocol("cited", grants)
    assert protocol.citations == {
        "USD0907292": {"USD0907293", "USD0907294"},
        "USD0907294": {"USD0907292"},
    }
    assert protocol.description == "2 of 4 patents in grants cite another"


def test_citations_are_read_in_archives(tmp_path: Path):
    zips = {f"I1/{patent}.ZIP": zipped(citing(patent, n)) for patent, n in CITES.items()}
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "I20210105.tar").write_bytes(tarred(zips))
    count, citations = read_citations(tmp_path / "all")
    assert count == 4
    assert citations["USD0907294"] == {"USD0907292"}


def test_every_figure_of_a_citing_patent_is_a_query(grants: Path, tmp_path: Path):
    result = evaluate("pixels", "cited", grants, hardest_queries=tmp_path / "worst.png")
    assert result.counts == {"gallery": 12, "queries": 6, "query_patents": 2, "failures": 0}
    assert {score.patent: score.positives for score in result.queries} == {
        "USD0907292": 6,
        "USD0907294": 3,
    }
    owners = {"USD0907292": A, "USD0907294": C}
    for score in result.queries:
        assert owners[score.patent] not in score.nearest
    without = result.variants["without-D00000"]
    assert without.counts == {"gallery": 8, "queries": 4, "query_patents": 2}
    assert (tmp_path / "worst.png").stat().st_size > 1000


def test_scores_agree_with_loops():
    generator = np.random.default_rng(5)
    ids = [f"image {n}" for n in range(60)]
    patents = [f"P{n}" for n in generator.integers(0, 12, size=60)]
    vectors = generator.normal(size=(60, 6)) * generator.uniform(0.1, 9, size=(60, 1))
    citations = {"P0": {"P1", "P2", "P0"}, "P3": {"P4", "gone"}, "P5": {"P5"}, "P6": {"gone"}}
    held = {patent: frozenset(cited) for patent, cited in citations.items()}
    scores = score_citations(ids, vectors, patents, held)
    assert [each.id for each in scores] == [
        id_ for id_, patent in zip(ids, patents, strict=True) if patent in ("P0", "P3")
    ]
    for score in scores:
        at = ids.index(score.id)
        ranking = []
        for other in range(60):
            if patents[other] != patents[at]:
                a, b = vectors[at], vectors[other]
                cosine = float(a @ b) / float(np.sqrt(a @ a) * np.sqrt(b @ b))
                ranking.append((-cosine, patents[other] in citations[patents[at]], ids[other]))
        ranking.sort()
        places = [rank for rank, (_, good, _) in enumerate(ranking, start=1) if good]
        assert list(score.places) == places
        precision = [found / place for found, place in enumerate(places, start=1)]
        assert score.average_precision == pytest.approx(sum(precision) / len(precision))
        assert score.first_rank == places[0]
        assert score.nearest == ranking[0][2]


def test_reranking_leaves_the_own_patent_out(grants: Path):
    result = evaluate("pixels", "cited", grants, rerank=True)
    again = result.variants["k-reciprocal"]
    assert again.counts["queries"] == 6
    assert 0 < again.metrics["mAP"].value <= 1


def test_a_collection_without_citations_of_its_own_is_refused(tmp_path: Path):
    lay(tmp_path, citing(A, ["D100000"]) | citing(B, []))
    with pytest.raises(ConfigError, match=r"no patent cites another.*2 patents, 1 with known"):
        load_protocol("cited", tmp_path)


def test_a_cited_patent_without_a_readable_image_is_no_answer():
    with pytest.raises(ConfigError, match="readable image"):
        score_citations(["a"], np.eye(1), ["P"], {"P": frozenset({"Q"})})


@pytest.mark.parametrize(
    ("country", "number", "id_"),
    [
        ("US", "D151600", "USD0151600"),
        ("US", "D0907292", "USD0907292"),
        ("US", "D907,292", "USD0907292"),
        ("US", "D8647", "USD0008647"),
        ("US", "2007/0291443", "US20070291443"),
        ("US", "7815381", "US07815381"),
        ("US", "537168", "US00537168"),
        ("US", "10140650", "US10140650"),
        ("US", "RE46259", "USRE046259"),
        ("CN", "304525790", "CN304525790"),
        ("CN", "1175661", "CN1175661"),
        ("JP", "D 1481688", "JP1481688"),
        ("KR", "30-0728695", "KR30-0728695"),
        ("KR", "D 30-0999966", "KR30-0999966"),
        ("EM", "007488747-0001", "007488747-0001"),
        ("WO", "DM/081655", "DM/081655"),
        ("WO", "2009003279", "WO2009003279"),
        ("GB", "2123132", "GB2123132"),
        ("EP", "0061531", "EP0061531"),
    ],
)
def test_ids_of_cited_patents(country: str, number: str, id_: str):
    assert cited_id(country, number) == id_


def test_grants_of_2001_to_2004_and_of_2005_to_2012_cite_too():
    old = (
        b"<PATDOC><SDOBI><B500><B560><B561><PCIT><DOC><DNUM><PDAT>D300888</PDAT></DNUM>"
        b"<KIND><PDAT>S</PDAT></KIND></DOC><PARTY-US/></PCIT></B561><B561><PCIT><DOC><DNUM>"
        b"<PDAT>2123132</PDAT></DNUM><CTRY><PDAT>GB</PDAT></CTRY></DOC></PCIT></B561></B560>"
        b"</B500></SDOBI></PATDOC>"
    )
    assert read_grant(old, "x.XML").metadata == {"cited": "USD0300888, GB2123132"}
    middle = (
        b"<us-patent-grant><us-bibliographic-data-grant><references-cited><citation><patcit>"
        b"<document-id><country>US</country><doc-number>D300888</doc-number></document-id></patcit>"
        b"<classification-national><country>US</country></classification-national></citation>"
        b"<citation><nplcit><othercit>a catalogue</othercit></nplcit></citation>"
        b"</references-cited></us-bibliographic-data-grant></us-patent-grant>"
    )
    assert read_grant(middle, "x.XML").metadata == {"cited": "USD0300888"}


@pytest.mark.realdata
def test_the_real_grants_cite_none_of_each_other(shared: Path):
    folder = shared / "data" / "uspto-sample"
    total = 0
    for file in sorted(folder.glob("*/*.XML")):
        numbers = [
            document.findtext("doc-number", "")
            for document in ElementTree.parse(file).iterfind(".//patcit/document-id")
        ]
        text = read_grant(file.read_bytes(), file.name).metadata["cited"]
        assert len(text.split(", ")) == len({re.sub(r"\W", "", each) for each in numbers})
        total += len(numbers)
    assert total == 3878
    with pytest.raises(ConfigError, match=r"50 patents, 50 with known citations"):
        load_protocol("cited", folder)
