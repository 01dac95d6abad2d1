# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of electrodes that are not flat: a thin sheet that stands on one in space, and a gentle corrugation."""

from __future__ import annotations

import gmsh
import numpy as np
import shapely
import ufl
from numpy.typing import NDArray

from jadeite.fem.domain import Domain
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import RegionTable, SurfaceKind, SurfaceTable, TaggedMesh
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Voltage
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import LinearResistance
from jadeite.verification.gmsh_solids import drawing, mesh_finely_along
from jadeite.verification.measure import integral
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.samples import shared
from jadeite.verification.shapes import domain_of, everywhere
from jadeite.verification.slab import IDEAL_PLATING, PLATING, SIDE, STRIPPING, current_into_electrode, isotropic

MICRON = 1e-6
CONDUCTIVITY = 0.1
SHEET = SurfaceKind.FLAW_WALL
TOP = STRIPPING  # no electrode here: the current density is prescribed


@check("T27", "Corrugated electrode with linear kinetics")
def corrugation() -> list[Row]:
    """j1 / j0 = k eps / (1 + s R k) at the crests of y = eps cos(k x), to first order in k eps."""
    amplitude, wavelength, current = 0.1 * MICRON, 10 * MICRON, 10.0
    k, height = 2 * np.pi / wavelength, 10 * MICRON
    x = np.linspace(0.0, 0.5 * wavelength, 101)
    bottom = np.column_stack([x, amplitude * np.cos(k * x)])
    corners = [(0.5 * wavelength, height), (0.0, height)]
    domain = domain_of(
        {"ceramic": shapely.Polygon([*bottom, *corners])},
        [
            (TOP, shapely.LineString(corners)),
            (PLATING, lambda middle: middle[:, 1] < 2 * amplitude),
            (SIDE, everywhere),
        ],
        SizeField(wavelength / 15, growth=0.2, on_surfaces={PLATING: wavelength / 100}),
    )
    wave = ufl.cos(k * ufl.SpatialCoordinate(domain.mesh)[0])
    upward = -ufl.FacetNormal(domain.mesh)[1]
    rows = []
    for label, resistance, reference in (("10 ohm cm^2", 1e-3, 9.84334e-4), ("none", 0.0, 0.0628319)):
        plating = (Contact((PLATING,), LinearResistance(resistance)),) if resistance else IDEAL_PLATING
        inflow = [(domain.ds([TOP], 2), ufl.as_ufl(current))]
        problem = Conduction(domain, isotropic(CONDUCTIVITY), None, plating, (), inflow=inflow)
        problem.solve(Voltage(1.0))
        # with a resistance the potential is known better than its gradient
        into = problem.unknown / resistance if resistance else current_into_electrode(problem)
        ds = domain.ds([PLATING], 6)
        got = 2 * integral(domain, into * wave * upward, ds) / (0.5 * wavelength) / current
        expected = printed(k * amplitude / (1 + CONDUCTIVITY * resistance * k), reference)
        rows.append(Row(f"interface resistance {label}: j1 / j0", expected, got, 1e-2))
    return rows


@check("T21", "Thin conducting half disc that stands on the electrode", slow=True)
def half_penny() -> list[Row]:
    """j = (4 / pi) j0 y / sqrt(c^2 - r^2) on either face, 4 j0 c^2 in all; power saved (8 / 3) j0^2 c^3 / s.

    The potential is y [1 - (2 / pi) (arccot zeta - zeta / (1 + zeta^2))] with the oblate coordinate zeta of the disc
    (Jackson 1999, section 3.13, for the conjugate problem of a hole). By symmetry an eighth of a ball is enough; a film
    on the disc, a ten thousandth of c / s, makes the current through it a conserved quantity of the discrete problem.
    """
    c, nominal = 50 * MICRON, 10.0
    printed(4 * nominal * c**2, 1.0e-7, 1e-12)
    far = 4.0
    tagged = shared(lambda: _ball_with_sheet(far, rim=0.025, coarse=0.6))
    domain = Domain.from_tagged_mesh(tagged)  # lengths over c, field and conductivity one
    x = ufl.SpatialCoordinate(domain.mesh)
    outside = ufl.dot(x, x) - 1
    zeta = ufl.sqrt(0.5 * (outside + ufl.sqrt(outside**2 + 4 * x[2] ** 2)))
    exact = x[1] * (1 - 2 / np.pi * (ufl.atan(1 / zeta) - zeta / (1 + zeta**2)))
    inward = ufl.dot(ufl.grad(exact), ufl.FacetNormal(domain.mesh))
    film = 1e-4
    plating = (Contact((PLATING,), None), Contact((SHEET,), LinearResistance(film)))
    inflow = [(domain.ds([TOP], 6), inward)]
    problem = Conduction(domain, np.eye(3)[None], None, plating, (), inflow=inflow)
    problem.solve(Voltage(1.0))
    total = 4 * integral(domain, problem.unknown / film, domain.ds([SHEET], 6))

    sampler = FacetSampler(domain, domain.facets(SHEET), 4)
    density = sampler.evaluate(problem.unknown / film)
    place = sampler.points
    radius = np.hypot(place[:, :, 0], place[:, :, 1])
    closed_form = 4 / np.pi * place[:, :, 1] / np.sqrt(np.maximum(1 - radius**2, 1e-12))
    comm = domain.mesh.comm

    def ratio(low: float, high: float) -> float:
        """Current through a ring of the sheet over that of the closed form."""
        weight = sampler.weights * ((radius > low) & (radius < high))
        found, wanted = (comm.allreduce(float((weight * values).sum())) for values in (density, closed_form))
        return found / wanted

    # power that the same current would need without the sheet, minus what it needs: int over the sheet of j y
    saved = 4 * integral(domain, problem.unknown / film * x[1], domain.ds([SHEET], 6))
    return [
        Row("collected current / (j0 c^2)", 4.0, total, 2e-2),
        Row("power saved / (j0^2 c^3 / s)", 8 / 3, saved, 2e-2),
        Row("current density / closed form, r / c from 0 to 0.5", 1.0, ratio(0.0, 0.5), 2e-2),
        Row("current density / closed form, r / c from 0.5 to 0.8", 1.0, ratio(0.5, 0.8), 2e-2),
    ]


def _ball_with_sheet(far: float, rim: float, coarse: float) -> TaggedMesh:
    """The eighth x, y, z > 0 of a ball of radius `far` with a sheet on z = 0: a quarter of a disc of radius one.

    Cells have the size `rim` at the rim of the sheet and grow to `coarse`.
    """
    points, cells, triangles = _gmsh_ball(far, rim, coarse)
    middle = points[triangles].mean(axis=1)
    flat = np.abs(middle) < 1e-6
    kinds = (TOP, SIDE, PLATING, SHEET)
    row = np.select(
        [flat[:, 2] & (np.hypot(middle[:, 0], middle[:, 1]) < 1.0), flat[:, 1], flat[:, 0] | flat[:, 2]], [3, 2, 1], 0
    )
    edges = points[triangles][:, 1:] - points[triangles][:, :1]
    area = 0.5 * np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)
    return TaggedMesh(
        points,
        cells,
        np.zeros(len(cells), dtype=np.int32),
        triangles,
        row.astype(np.int32),
        RegionTable(("ceramic",), ("electrolyte",), np.array([[1.0, 0.0, 0.0, 0.0]]), np.array([np.pi * far**3 / 6])),
        SurfaceTable(
            tuple(str(kind) for kind in kinds),
            kinds,
            np.full((len(kinds), 2), -1, dtype=np.int32),
            np.full(len(kinds), np.nan),
            np.bincount(row, area, minlength=len(kinds)),
        ),
    )


def _gmsh_ball(
    far: float, rim: float, coarse: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Points, positively oriented tetrahedra and all boundary triangles."""
    with drawing():
        ball = gmsh.model.occ.addSphere(0.0, 0.0, 0.0, far, angle1=0.0, angle2=0.5 * np.pi, angle3=0.5 * np.pi)
        disc = gmsh.model.occ.addDisk(0.0, 0.0, 0.0, 1.0, 1.0)
        gmsh.model.occ.intersect([(2, disc)], [(3, ball)], removeTool=False)
        sheet = [tag for tag in gmsh.model.occ.getEntities(2) if gmsh.model.occ.getMass(*tag) < 1.0]
        gmsh.model.occ.fragment([(3, ball)], sheet)
        gmsh.model.occ.synchronize()
        arcs = [tag for _, tag in gmsh.model.getEntities(1) if abs(gmsh.model.occ.getMass(1, tag) - 0.5 * np.pi) < 1e-3]
        return mesh_finely_along(arcs, rim, coarse, distance=0.02, growth=0.3, sheet=None)
