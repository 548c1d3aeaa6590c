"""Meshes of real objects: read from folder, zip and tar, chosen, repaired, drawn."""

from __future__ import annotations

import tarfile
import zipfile

import numpy as np
import pytest
import trimesh

from patentzoo.data.linedraw.dataset import DrawingSet, SolidSource, render_shards, solid_maker
from patentzoo.data.linedraw.meshes import MeshLibrary, crease_angle, repaired, shape_signature
from patentzoo.errors import ConfigError

INDEX = """source,object,name,licence
tools,hammer,hammer,CC0 1.0
tools,saw,saw,CC BY 4.0
vessels,cup,cup,CC BY-SA 4.0
"""


def hammer():
    head = trimesh.creation.box((3, 1, 1))
    handle = trimesh.creation.cylinder(0.3, 5, sections=24)
    handle.apply_translation((0, 0, -3.2))
    return trimesh.util.concatenate([head, handle])


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "meshes"
    made = {
        "tools/hammer.ply": hammer(),
        "tools/saw.obj": trimesh.creation.cone(2, 3, sections=8),
        "vessels/cup.stl": trimesh.creation.annulus(0.8, 1, 2),
        "vessels/bowl.glb": trimesh.creation.cone(1, 2, sections=6),
    }
    for name, mesh in made.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        mesh.export(root / name)
    (root / "index.csv").write_text(INDEX)
    return root


def test_a_folder_a_zip_and_a_tar_hold_the_same_objects(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as packed:
        for file in folder.rglob("*.*"):
            packed.write(file, f"meshes/{file.relative_to(folder)}")
    with tarfile.open(tmp_path / "m.tar.xz", "w:xz") as packed:
        packed.add(folder, "meshes")
    wanted = ["tools/hammer", "tools/saw", "vessels/bowl", "vessels/cup"]
    for place in (folder, tmp_path / "m.zip", tmp_path / "m.tar.xz"):
        library = MeshLibrary(place)
        assert library.names() == wanted
        own, other = library.solid("tools/hammer"), MeshLibrary(folder).solid("tools/hammer")
        np.testing.assert_array_equal(own.vertices, other.vertices)


def test_patterns_choose_by_name_and_licence(folder):
    assert MeshLibrary(folder, exclude=("vessels/*",)).names() == ["tools/hammer", "tools/saw"]
    assert MeshLibrary(folder, licences=("CC0*",)).names() == ["tools/hammer"]
    by = MeshLibrary(folder, licences=("CC0*", "CC BY 4.0")).names()
    assert by == ["tools/hammer", "tools/saw"]  # not share-alike, nor what has no licence
    with pytest.raises(ConfigError, match="No mesh under"):
        MeshLibrary(folder, licences=("MIT",))


def test_what_points_up_in_the_mesh_points_up_in_the_solid(folder):
    solid = MeshLibrary(folder, up="z").solid("tools/hammer")
    assert np.ptp(solid.vertices, axis=0).argmax() == 1
    lying = MeshLibrary(folder, up="y").solid("tools/hammer")
    assert np.ptp(lying.vertices, axis=0).argmax() == 2
    assert solid.vertices[:, 1].max() == pytest.approx(0.5)  # the head is above the handle
    with pytest.raises(ConfigError, match="up = 'x'"):
        MeshLibrary(folder, up="x")


def test_connected_shells_are_parts(folder):
    solid = MeshLibrary(folder).solid("tools/hammer")
    assert len(np.unique(solid.part)) == 2


def test_doubled_faces_and_the_floor_go():
    box = trimesh.creation.box((2, 2, 2))
    floor = trimesh.creation.box((6, 6, 1e-4))
    floor.apply_translation((0, 0, -1))
    both = trimesh.util.concatenate([box, floor])
    doubled = np.concatenate([both.faces, both.faces[:, ::-1]])
    vertices, faces = repaired(both.vertices, doubled)
    assert len(faces) == 12
    np.testing.assert_allclose(vertices[np.unique(faces)].min(0), [-1, -1, -1])


def test_a_flat_object_alone_is_no_floor():
    plate = trimesh.creation.box((4, 4, 1e-4))
    assert len(repaired(plate.vertices, plate.faces)[1]) == 12


def test_coarse_roundings_are_told_from_edges():
    ball = trimesh.creation.icosphere(1)  # neighbours meet at some 20 to 40 degrees
    cube = trimesh.creation.box((1, 1, 1))
    assert crease_angle(ball.vertices, ball.faces) > crease_angle(cube.vertices, cube.faces)


def test_a_washer_in_ten_sizes_is_one_object(tmp_path):
    for number in range(10):
        washer = trimesh.creation.annulus(0.5, 1, 0.2)
        washer.apply_scale(number + 1)
        washer.export(tmp_path / f"washer-m{number}.ply")
    trimesh.creation.annulus(0.2, 1, 2).export(tmp_path / "washer-m77.ply")
    assert MeshLibrary(tmp_path).names() == ["washer-m0", "washer-m77"]


def test_a_signature_does_not_know_size_but_shape():
    ball, box = trimesh.creation.icosphere(3), trimesh.creation.box((1, 2, 3))
    larger = ball.copy()
    larger.apply_scale(7)
    own = shape_signature(ball.vertices, ball.faces)
    assert np.abs(own - shape_signature(larger.vertices, larger.faces)).max() < 0.01
    assert np.abs(own - shape_signature(box.vertices, box.faces)).max() > 0.05


def test_a_broken_file_is_left_out_with_its_name(folder, caplog):
    (folder / "tools" / "broken.ply").write_bytes(b"no mesh")
    library = MeshLibrary(folder)
    assert "tools/broken" not in library.names()
    with pytest.raises(ConfigError, match=r"broken\.ply is no mesh"):
        library.solid("tools/broken")


@pytest.mark.parametrize("name", ["no.zip", "text.tar"])
def test_what_is_no_archive_is_told(tmp_path, name):
    if name == "text.tar":
        (tmp_path / name).write_text("text")
    with pytest.raises(ConfigError, match="no folder, zip or tar of meshes"):
        MeshLibrary(tmp_path / name)


def test_shards_show_every_object_once_then_stretched(folder, tmp_path):
    source = SolidSource("mesh", 8, seed=3, folder=str(folder))
    make = solid_maker(source)
    assert len({make(number).name for number in range(4)}) == 4
    one, again = make(1), make(5)
    assert one.name == again.name
    assert not np.allclose(one.vertices, again.vertices)
    drawings = DrawingSet(render_shards(source, tmp_path / "shards"))
    assert len(drawings) == 8
    other = SolidSource("mesh", 8, seed=3, folder=str(folder), exclude=("tools/*",))
    with pytest.raises(ConfigError, match="holds other solids"):
        render_shards(other, tmp_path / "shards")
