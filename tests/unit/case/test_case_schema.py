# SPDX-License-Identifier: LGPL-3.0-or-later
"""The schema as a whole: strict, frozen, described throughout, complete in JSON Schema and reference."""

import inspect
import json
from collections.abc import Iterator
from typing import get_args

import pytest
from case_text import CASE
from pydantic import BaseModel, ValidationError

from jadeite.case import reference
from jadeite.case.microstructure import Recipe
from jadeite.case.partial import item_annotation, read_what_is_valid, sections_of
from jadeite.case.protocol import Steady
from jadeite.case.schema import CRITERIA, Case, CriterionName, MaterialOverride
from jadeite.case.section import Section


def sections(root: type[BaseModel], seen: set[type[BaseModel]] | None = None) -> Iterator[type[BaseModel]]:
    seen = set() if seen is None else seen
    if root in seen:
        return
    seen.add(root)
    yield root
    for field in root.model_fields.values():
        for annotation in (
            field.annotation,
            item_annotation(field.annotation, list),
            item_annotation(field.annotation, dict),
        ):
            for inner in sections_of(annotation):
                yield from sections(inner, seen)


def test_every_block_is_strict_and_every_key_described() -> None:
    found = list(sections(Case))
    assert len(found) > 25
    for section in found:
        assert issubclass(section, Section), section
        assert section.model_config["extra"] == "forbid"
        assert section.model_config["frozen"]
        assert inspect.getdoc(section)
        for name, field in section.model_fields.items():
            assert field.description and field.description.endswith("."), f"{section.__name__}.{name}"


def test_defaults_are_valid_input() -> None:
    for section in sections(Case):
        read = read_what_is_valid(section, {})
        for name, field in section.model_fields.items():
            if not field.is_required() and not field.default_factory_takes_validated_data:
                default = field.get_default(call_default_factory=True)
                off = default is None or (default == "none" and name != "law")
                assert (getattr(read, name) is None) == off, f"{section.__name__}.{name}"


def test_frozen() -> None:
    protocol = Steady.model_validate({"current_density": "1 mA/cm^2"})
    with pytest.raises(ValidationError, match="frozen"):
        protocol.current_density = 3.0


def test_criterion_names_are_one_list() -> None:
    assert get_args(CriterionName) == CRITERIA


def test_json_schema_allows_exactly_the_known_keys() -> None:
    schema = json.loads(reference.json_schema())
    assert set(schema["properties"]) == set(Case.model_fields)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["temperature"]["default"] == "25 degC"
    assert schema["properties"]["temperature"]["x-si-unit"] == "K"
    recipe = json.loads(reference.json_schema(recipe=True))
    assert set(recipe["properties"]) == set(Recipe.model_fields)


def test_reference_has_every_key_of_every_block() -> None:
    text = reference.markdown()
    for section in sections(Case):
        for name in section.model_fields:
            assert f"| `{name}` |" in text
    assert "| `width` | length, e.g. `10 um` (at least 1 nm, at most 10 cm) | required |" in text
    for line in text.splitlines():
        if line.startswith("| `"):
            assert line.replace("\\|", "").count("|") == 5


def test_partial_reading_keeps_what_is_valid() -> None:
    from jadeite.case.document import parse_document

    data = parse_document(CASE, "case.yaml").data
    data["protocol"]["current_density"] = "1 kg"
    data["microstructure"]["flaws"].append({"name": "bad", "depth": "3"})
    data["wrong"] = 1
    part = read_what_is_valid(Case, data)
    assert part.temperature == 298.15
    assert part.protocol.current_density is None
    assert part.protocol.faulty == ("current_density",)
    assert part.microstructure.flaws[0].depth == 1.2e-5
    assert part.microstructure.flaws[1].depth is None
    assert part.microstructure.flaws[1].tilt == 0.0
    assert "wrong" in part.faulty
    assert part.materials["electrolyte"].material == "NZSP_x2"


def test_overrides_cover_what_the_solver_reads_of_an_electrolyte() -> None:
    from dataclasses import fields

    from jadeite.materials.resolve import Electrolyte
    from jadeite.materials.transport import TransportProperties

    read = (*fields(Electrolyte), *fields(TransportProperties))
    values = {field.name for field in read} - {"role", "material", "transport"}
    assert values <= set(MaterialOverride.model_fields)
