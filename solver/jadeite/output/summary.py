# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a run found, as plain records: the content of ``summary.json``.

Values are SI. Everything that figures and report say about a run comes from here and from the field files, so they can
be drawn again without solving anything.
"""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from jadeite.output.folder import OutputError, write_json

_SUM_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Headline:
    """A number the run is judged by. ``uncertainty`` is absolute, in the same unit; None if it was not estimated."""

    key: str
    label: str
    value: float
    unit: str
    definition: str
    uncertainty: float | None = None


@dataclass(frozen=True, slots=True)
class FrontPoint:
    """Stress intensity factors (Pa m^0.5) at a distance (m) along the front of a flaw in space."""

    distance: float
    mode_one: float
    mode_two: float
    mode_three: float


@dataclass(frozen=True, slots=True)
class FlawResult:
    """State of one flaw at the applied current; None where the mechanics was not solved.

    Stress intensity factors in Pa m^0.5 (mode I positive when the flaw opens; ``residual_mode_one`` is the part of
    ``mode_one`` that the cooling stress causes), in space at the point of the front where they are most dangerous and
    in ``front`` all along it; pressures in Pa, overpotential in V, current density in A m^-2, collected current through
    the walls in A (in the plane: per metre of depth). ``mouth_width`` is zero for a cut.
    """

    name: str
    depth: float
    mouth_width: float
    region: str
    fracture_toughness: float | None = None
    mode_one: float | None = None
    mode_two: float | None = None
    residual_mode_one: float | None = None
    largest_pressure: float | None = None
    largest_overpotential: float | None = None
    largest_current_density: float | None = None
    collected_current: float | None = None
    mode_three: float | None = None
    front: tuple[FrontPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One initiation criterion for one flaw. ``margin`` above 1: safe at the applied current; below 1: initiates.

    ``critical_current_density`` in A m^-2 is None when the flaw does not initiate below the largest current searched.
    ``deciding`` marks the result that sets the cell's critical current density. ``label`` is what readers see the
    criterion called.
    """

    flaw: str
    criterion: str
    mechanism: str
    margin: float
    critical_current_density: float | None
    detail: dict[str, float] = field(default_factory=dict)
    deciding: bool = False
    label: str = ""

    @property
    def heading(self) -> str:
        """The label, or the name where there is none."""
        return self.label or self.criterion


@dataclass(frozen=True, slots=True)
class ResistanceShare:
    """One part of the cell's area-specific resistance, in ohm m^2."""

    label: str
    area_specific_resistance: float


@dataclass(frozen=True, slots=True)
class ResistanceBreakdown:
    """The cell's area-specific resistance in ohm m^2 and the parts that add up to it.

    A part may be negative when a flaw shortens the current's way. Raises ``ValueError`` when the parts miss the total
    by more than 1e-6 of it.
    """

    total: float
    shares: tuple[ResistanceShare, ...]

    def __post_init__(self) -> None:
        added = sum(share.area_specific_resistance for share in self.shares)
        if abs(added - self.total) > _SUM_TOLERANCE * abs(self.total):
            raise ValueError(f"the parts of the resistance add to {added!r}, not to {self.total!r} ohm m^2")


@dataclass(frozen=True, slots=True)
class BoundaryShare:
    """What one grain boundary costs.

    ``share`` is its part of the dissipated power (1), ``misorientation`` in rad (None for other interfaces),
    ``resistance`` its area-specific resistance in ohm m^2, ``current`` what crosses it in A (in the plane:
    per metre of depth).
    """

    name: str
    share: float
    misorientation: float | None
    resistance: float
    current: float


@dataclass(frozen=True, slots=True)
class Conservation:
    """Current (A) and power (W) that must balance, in the plane per metre of depth, with relative differences."""

    current_in: float
    current_out: float
    relative_difference: float
    power_external: float
    power_dissipated: float
    relative_power_difference: float


@dataclass(frozen=True, slots=True)
class CurrentFocusing:
    """The largest current density at the stated distance from singular points, over the nominal one.

    ``distance`` in m, ``place`` the coordinates in m, ``near`` the name of what causes it ("flaw deep").
    """

    factor: float
    distance: float
    place: tuple[float, ...]
    near: str


@dataclass(frozen=True, slots=True)
class ExpectOutcome:
    """Comparison of a headline with what the case expects; ``tolerance`` is absolute, all in ``unit``."""

    quantity: str
    expected: float
    actual: float
    tolerance: float
    unit: str
    passed: bool
    source: str


@dataclass(frozen=True, slots=True)
class MaterialProperty:
    """A material property as it was used: role in the case, value in SI, and where the value comes from."""

    role: str
    material: str
    property: str
    value: float
    unit: str
    source: str
    confidence: str
    overridden: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name in files, what readers see, and its unit (SI)."""

    name: str
    label: str
    unit: str = "1"


@dataclass(frozen=True, slots=True)
class ResultTable:
    """A table of numbers that a study gives beside its headlines; ``KEY.csv`` in the run folder has it too.

    ``rows`` have one entry per column, None where there is no value. ``listed`` tells whether the report prints it.
    ``row_labels`` say what each row is about where its numbers do not; then there is one for every row.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[float | None, ...], ...]
    listed: bool = True
    row_labels: tuple[str, ...] = ()

    def column(self, name: str) -> list[float | None]:
        """Return the values of a column by its name."""
        index = [column.name for column in self.columns].index(name)
        return [row[index] for row in self.rows]

    def values(self, name: str) -> NDArray[np.float64]:
        """Return the values of a column by its name as an array, not-a-number where there is no value."""
        return np.array(self.column(name), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything a run found. ``answer`` is the result in one sentence, ``question`` what was simulated.

    ``applied_current_density`` (A m^-2, total current over cross-section) is the nominal value that focusing refers
    to, zero for a study without one; ``largest_current_density_searched`` is how far the search for critical current
    densities went; ``temperature`` is in K; ``sodium_molar_volume`` in m^3 mol^-1 turns overpotential into equivalent
    pressure. Totals of a cell of ``dimension`` 2 are per metre of depth unless it is ``axisymmetric``. ``study``
    names what was solved (`StudyKind`).
    """

    title: str
    question: str
    answer: str
    applied_current_density: float
    headlines: tuple[Headline, ...]
    provenance: dict[str, Any]
    dimension: int = 2
    temperature: float = 298.15
    sodium_molar_volume: float = 23.78e-6
    largest_current_density_searched: float | None = None
    focusing: CurrentFocusing | None = None
    flaws: tuple[FlawResult, ...] = ()
    criteria: tuple[CriterionResult, ...] = ()
    resistance: ResistanceBreakdown | None = None
    boundaries: tuple[BoundaryShare, ...] = ()
    conservation: Conservation | None = None
    expect: tuple[ExpectOutcome, ...] = ()
    materials: tuple[MaterialProperty, ...] = ()
    mesh_statistics: dict[str, float | int | str] = field(default_factory=dict)
    solver: dict[str, float | int | str] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    study: str = "cell"
    tables: tuple[ResultTable, ...] = ()
    axisymmetric: bool = False

    @property
    def per_depth(self) -> bool:
        """Whether totals are per metre of depth."""
        return self.dimension == 2 and not self.axisymmetric

    def total_unit(self, unit: str) -> str:
        """Return the unit of a total, ``A`` or ``W``: per metre of depth in the plane."""
        return f"{unit} m^-1" if self.per_depth else unit

    def to_json(self, path: Path) -> None:
        """Write the summary; raises ``ValueError`` for not-a-number and infinity, which JSON does not know."""
        write_json(path, dataclasses.asdict(self))

    @classmethod
    def from_json(cls, path: Path) -> Self:
        """Read a summary; raises ``OutputError`` when the file is absent or does not have this shape."""
        try:
            return TypeAdapter(cls).validate_python(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, ValidationError) as error:
            raise OutputError(f"{path} cannot be read as the summary of a run: {error}") from error
