# SPDX-License-Identifier: LGPL-3.0-or-later
"""Members: equal content shares a hash however it is written, any value changes it, names can be read."""

import pytest

from jadeite.sweep.loading import load_study
from jadeite.sweep.members import checked_case, content_hash, members, readable, setting, short_names

STUDY = "title: x\ncase: case.yaml\nparameters: {microstructure.seed: [1]}\n"


@pytest.fixture
def hash_of(write_study):
    loaded = load_study(write_study(STUDY))

    def of(*settings, case=None):
        if case is not None:
            loaded.case_file.write_text(case)
        return content_hash(checked_case(loaded, settings))

    return of


def test_the_hash_does_not_depend_on_how_a_case_is_written(hash_of, write_study):
    plain = hash_of()
    text = (write_study(STUDY).parent / "case.yaml").read_text()
    blocks = ["title: Another title\ndescription: d"]
    # the blocks of the case in reverse order, and a value in another unit
    lines, block = [], []
    for line in text.splitlines():
        if line and not line[0].isspace() and block:
            lines.append("\n".join(block))
            block = []
        block.append(line)
    lines.append("\n".join(block))
    reordered = "\n".join([*blocks, *reversed(lines[1:])]).replace("0.2 ohm*cm^2", "2e-5 ohm*m^2")
    assert hash_of(case=reordered + "\n") == plain
    assert hash_of("protocol.current_density=10 A/m^2") == plain


@pytest.mark.parametrize(
    "changed",
    [
        "protocol.current_density=1.0000001 mA/cm^2",
        "microstructure.seed=1",
        "microstructure.width=21 um",
        "solver.degree=1",
        "materials.electrolyte.override.conductivity=0.11 S/m",
        "physics.grain_boundaries={law: none}",
    ],
)
def test_every_value_changes_the_hash(hash_of, changed):
    assert hash_of(changed) != hash_of()


def test_another_version_of_the_program_is_another_result(hash_of, monkeypatch):
    plain = hash_of()
    monkeypatch.setattr("jadeite.__version__", "9.9.9")
    assert hash_of() != plain


def test_members_have_readable_names_their_settings_and_meshes(write_study):
    path = write_study("""\
title: x
case: case.yaml
settings: {solver.degree: 1}
parameters:
  physics.plating_interface.resistance: [1 ohm*cm^2, 2 ohm*cm^2]
  physics.grain_boundaries.resistance: [0.5 ohm*cm^2]
  microstructure.seed: {first: 3, count: 2}
""")
    found = members(load_study(path))
    assert [member.number for member in found] == [1, 2, 3, 4]
    assert found[3].settings == (
        "solver.degree=1",
        "physics.plating_interface.resistance=2 ohm*cm^2",
        "physics.grain_boundaries.resistance=0.5 ohm*cm^2",
        "microstructure.seed=4",
    )
    assert found[0].name.startswith("plating_interface.resistance-1ohmcm2_grain_boundaries.resistance-0.5")
    assert all(member.name.endswith(f"-{member.content}") for member in found)
    assert len({member.content for member in found}) == 4
    assert found[0].mesh == found[2].mesh != found[1].mesh == found[3].mesh


def test_settings_are_read_back_as_they_were_meant():
    from jadeite.case.document import Document, apply_overrides

    for value in ("8 um", "true", "1e-3", "a: b", "x # y", "", True, None, 3, 0.25, [1, "2 um"], {"law": "linear"}):
        document = Document("x", "", {})
        apply_overrides(document, [setting("a.b", value)])
        assert not document.problems
        assert document.data == {"a": {"b": value}}


def test_names_are_short_but_tell_parameters_apart():
    assert short_names(["microstructure.flaws.0.depth", "microstructure.seed"]) == ["depth", "seed"]
    assert short_names(["m.flaws.0.depth", "m.flaws.1.depth"]) == ["flaws.0.depth", "flaws.1.depth"]
    assert short_names(["materials.a.override.euler.2"]) == ["euler.2"]
    assert readable({"depth": "8 um", "law": {"law": "linear"}}) == "depth-8um_law-lawlinear"
    assert readable({"": "../../etc"}) == "etc"
    assert len(readable({f"parameter {n}": n for n in range(50)})) <= 100
