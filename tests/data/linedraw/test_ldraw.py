"""LDraw files: a library small enough to write down, and every way a file can be wrong."""

from __future__ import annotations

import numpy as np
import pytest

from patentzoo.data.linedraw.ldraw import LDrawLibrary, reshape
from patentzoo.errors import ConfigError

QUAD = "4 16 -1 0 -1 1 0 -1 1 0 1 -1 0 1\n2 24 -1 0 -1 1 0 -1\n5 24 0 0 0 1 0 0 0 1 1 0 -1 1\n"


def library(root, **files):
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path = path.with_name(path.name + ".dat")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return LDrawLibrary(root)


def test_a_reference_moves_by_its_matrix_and_y_turns_up(tmp_path):
    """x' = a x + b y + c z + X and so on, row by row; then y and z change sign."""
    matrix, shift = np.array([[2, 0, 1], [0, 3, 0], [-1, 0, 4]]), np.array([10, 20, 30])
    words = " ".join(str(v) for v in (*shift, *matrix.ravel()))
    solid = library(tmp_path, parts__a=f"0 A\n1 16 {words} q.dat\n", p__q=QUAD).solid("a.dat")
    corners = np.array([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]])
    placed = [(matrix @ corner + shift) * [1, -1, -1] for corner in corners]
    assert solid.vertices.tolist() == np.array([placed[i] for i in (0, 1, 2, 0, 2, 3)]).tolist()
    assert solid.edges.tolist() == [[placed[0].tolist(), placed[1].tolist()]]
    points = [
        (matrix @ p + shift) * [1, -1, -1] for p in ([0, 0, 0], [1, 0, 0], [0, 1, 1], [0, -1, 1])
    ]
    assert solid.silhouettes[0].tolist() == np.array(points).tolist()
    assert (solid.part.max(), len(solid.faces)) == (0, 2)


def test_references_nest(tmp_path):
    grow = "1 16 0 0 0 2 0 0 0 2 0 0 0 2"
    made = library(
        tmp_path, parts__a=f"0 A\n{grow} b.dat\n", parts__b=f"0 B\n{grow} q.dat\n", p__q=QUAD
    )
    assert np.abs(made.solid("a.dat").vertices).max() == 4
    assert np.abs(made.solid("b.dat").vertices).max() == 2


@pytest.mark.parametrize("name", ["S\\Sub.DAT", "s/sub.dat", "S/SUB.dat"])
def test_names_are_case_blind_and_take_backslashes(tmp_path, name):
    text = f"0 A\n1 16 0 0 0 1 0 0 0 1 0 0 0 1 {name}\n"
    assert len(library(tmp_path, parts__a=text, parts__s__sub=QUAD).solid("A.dat").faces) == 2


def test_triangles_blank_lines_and_comments(tmp_path):
    text = "0 A\n\n0 BFC CERTIFY CCW\n3 4 0 0 0 1 0 0 0 1 0\n"
    assert len(library(tmp_path, parts__a=text).solid("a.dat").faces) == 1


def test_a_whole_part_wins_over_a_primitive_of_its_name(tmp_path):
    made = library(tmp_path, p__a=QUAD, parts__a="0 A\n" + QUAD + QUAD)
    assert len(made.solid("a.dat").faces) == 4


def test_part_names_leave_out_what_is_no_part(tmp_path):
    names = library(
        tmp_path, parts__3001="0 Brick\n", parts__3001p01="0 Brick with Pattern\n",
        parts__3002="0 ~Moved to 3001\n", parts__st="0 Sticker 1 x 1\n", p__box="0 Box\n",
        parts__s__3001s01="0 Side of Brick\n", parts__3003="0 Plate\n", parts__3004="0\n",
    ).part_names()  # fmt: skip
    assert names == ["3001.dat", "3003.dat"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1 16 0 0 0 1 0 0 0 1 0 0 0 1 gone.dat", "gone.dat is not under"),
        ("1 16 0 0 0 1 0 0 0 1 0 0 0 1 a.dat", "a.dat refers to itself"),
        ("1 16 0 0 0 1 0 0 0 1 0 0 0 1 b.dat", "refers to itself"),
        ("3 4 0 0 0 1 0 0 0 1 zero", "a.dat, line 2: .*zero"),
        ("3 4 0 0 0 1 0 0 0 1", "a.dat, line 2: 8 numbers where 9 belong"),
        ("1 16 0 0", "a.dat, line 2: 2 numbers where 12 belong"),
        ("2 24 0 0 0 1 0 0", "a.dat has no surface"),
    ],
)
def test_faulty_files_are_named(tmp_path, line, message):
    again = "0 B\n1 16 0 0 0 1 0 0 0 1 0 0 0 1 a.dat\n"
    made = library(tmp_path, parts__a=f"0 A\n{line}\n", parts__b=again)
    with pytest.raises(ConfigError, match=message):
        made.solid("a.dat")


def test_an_empty_folder_is_no_library(tmp_path):
    with pytest.raises(ConfigError, match="Unpack the parts library there"):
        LDrawLibrary(tmp_path)


def test_reshaping_without_stretch_only_turns_and_mirrors(boxes):
    solid = boxes(((0, 0, 0), (1, 2, 5)))
    seen = set()
    for seed in range(40):
        turned = reshape(solid, np.random.default_rng(seed), stretch=0.0)
        sides = np.ptp(turned.vertices, axis=0)
        assert sorted(sides.tolist()) == pytest.approx([1, 2, 5])
        seen.add(tuple(sides.round().tolist()))
    assert len(seen) == 6  # every order of the axes


def test_stretching_scales_along_the_axes(cube):
    stretched = reshape(cube, np.random.default_rng(0), stretch=0.35)
    logs = np.log(np.ptp(stretched.vertices, axis=0))
    assert 0 < np.abs(logs).max() < 5 * 0.35
