# SPDX-License-Identifier: LGPL-3.0-or-later
"""Concentrated binary electrolyte, beside materials in which only sodium ions move.

    anions      dc/dt + div N = 0,   N = -D grad c - (1 - t) i / F
    charge      div i = 0,           i = -k grad phi + k (2 R T / F) (1 - t) f grad ln c
                                     k = k0 (c / c0)^m

with the concentration c of the salt, the transference number t of sodium and the thermodynamic factor
f = 1 + dln(activity coefficient)/dln c (Newman and Thomas-Alyea 2004, Electrochemical Systems, eqs. 12.23 and 12.27
for a salt of two ions with one charge). phi is the potential of a sodium reference electrode at the place, which is the
electrochemical potential of sodium ions over F. It is therefore continuous (or steps by current density times interface
resistance) from the polymer into a ceramic, where i = -sigma grad phi, and the electrode's law sees no concentration
beside it. Anions leave the polymer nowhere, neither into a ceramic nor into an electrode: N.n = 0 is the natural
condition of the first equation, so that the amount of salt in each piece of polymer stays what it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.constants import FARADAY, thermal_voltage
from jadeite.fem.broken import BrokenSpace, broken_space
from jadeite.fem.domain import Domain
from jadeite.fem.facet_field import FacetField
from jadeite.fem.time_steps import Rate
from jadeite.physics.conduction_forms import INTERNAL, what_counts

#: Concentration over its mean below which the conductivity no longer falls, so that its powers stay numbers.
_FLOOR = 1e-9


@dataclass(frozen=True, eq=False)
class Salt:
    """Dissolved salt by region; regions without salt conduct sodium ions only.

    Attributes:
        present: whether a region holds salt, shape (regions,).
        concentration: without current, mol/m^3; positive where there is salt.
        diffusivity: of the salt, m^2/s.
        transference_number: of sodium, 1.
        thermodynamic_factor: 1.
        conductivity_exponent: m in conductivity proportional to concentration^m.
    """

    present: NDArray[np.bool_]
    concentration: NDArray[np.float64]
    diffusivity: NDArray[np.float64]
    transference_number: NDArray[np.float64]
    thermodynamic_factor: NDArray[np.float64]
    conductivity_exponent: NDArray[np.float64]

    def __post_init__(self) -> None:
        here = self.present
        if not ((self.concentration[here] > 0.0).all() and (self.diffusivity[here] > 0.0).all()):
            raise ValueError("concentration and diffusivity of a salt must be positive")
        if not ((self.transference_number[here] > 0.0).all() and (self.transference_number[here] <= 1.0).all()):
            raise ValueError("the transference number must lie between 0 and 1")


class SaltTransport:
    """Concentration and potential of a domain, and their equations without electrodes.

    Attributes:
        concentration: of the salt, mol/m^3; where there is no salt it is 1 and means nothing.
        potential: against a sodium reference electrode, V.
        rate: rate of change of the concentration.
        pieces: one indicator function per piece of polymer that anions cannot leave.
        largest_concentration: without current, of all regions; ratios of concentrations refer to it, mol/m^3.
    """

    def __init__(
        self,
        domain: Domain,
        conductivity: NDArray[np.float64],
        salt: Salt,
        boundary_resistance: NDArray[np.float64],
        temperature: float,
        degree: int = 2,
    ) -> None:
        """Make the fields and their equations.

        Args:
            domain: the separator.
            conductivity: laboratory-frame conductivity of each region at its mean concentration, shape
                (regions, d, d), S/m.
            salt: what is dissolved where.
            boundary_resistance: of each surface row, ohm m^2; zero is perfect contact.
            temperature: K.
            degree: polynomial degree of both fields. It has to be the same for both: then the charge balance holds for
                every test function of the anion balance, and a current without sources moves no salt.

        Note:
            Collective.
        """
        self.domain, self.salt, self.degree = domain, salt, degree
        self.conductivity = conductivity
        counts, _ = what_counts(domain, conductivity, boundary_resistance, None)
        assert counts is not None
        self.resistance = counts
        rows = domain.surface_rows(*INTERNAL)
        joined = rows[self.resistance[rows] == 0.0]
        self._potential_piece = domain.joined_regions(joined)
        self.potential_space = broken_space(domain.mesh, self._potential_piece, ("Lagrange", degree))
        self._piece = domain.joined_regions(rows[self._lets_anions_pass(rows)])
        self.concentration_space = broken_space(domain.mesh, self._piece, ("Lagrange", degree))
        self.concentration = fem.Function(self.concentration_space.space, name="salt concentration")
        self.potential = fem.Function(self.potential_space.space, name="potential")

        def field(values: NDArray[np.float64], name: str, elsewhere: float = 0.0) -> fem.Function:
            chosen = np.where(salt.present, values, elsewhere) if values.ndim == 1 else values
            return domain.cell_field(chosen, name)

        self.mean_concentration = field(salt.concentration, "mean concentration", 1.0)
        self._sigma = field(conductivity, "conductivity")
        self._present = field(np.ones(len(salt.present)), "salt")
        self._diffusivity = field(salt.diffusivity, "salt diffusivity")
        self._anion_share = field(1.0 - salt.transference_number, "transference number of anions")
        self._exponent = field(salt.conductivity_exponent, "conductivity exponent")
        self._diffusion_potential = field(
            2.0 * thermal_voltage(temperature) * (1.0 - salt.transference_number) * salt.thermodynamic_factor,
            "diffusion potential",
        )
        self.salt_dofs, self.empty_dofs = self._divide_dofs()
        self.pieces = self._indicators()
        self.largest_concentration = float(salt.concentration[salt.present].max(initial=0.0)) or 1.0
        self.rate = Rate(self.concentration, self.largest_concentration, self.salt_dofs, positive=True)
        self.reset()

    def reset(self) -> None:
        """Return to the uniform state without current. Collective."""
        space = self.concentration_space.space
        values = self.mean_concentration.x.array[self.mean_concentration.function_space.dofmap.list[:, 0]]
        self.concentration.x.array[space.dofmap.list] = values[:, None]
        self.concentration.x.scatter_forward()
        self.potential.x.array[:] = 0.0

    # Equations

    def current_density(self) -> Expr:
        """Return the current density i, A/m^2."""
        c0 = self.mean_concentration
        ratio = ufl.max_value(self.concentration / c0, _FLOOR)
        gradient = ufl.grad(self.concentration) / c0
        drive = ratio * ufl.grad(self.potential) - self._diffusion_potential * gradient
        return -(ratio ** (self._exponent - 1.0)) * ufl.dot(self._sigma, drive)

    def anion_balance(self) -> ufl.Form:
        """Return the balance of anions, a form of the test function of the concentration; mol/s."""
        test = ufl.TestFunction(self.concentration_space.space)
        flux = self._diffusivity * ufl.grad(self.concentration) + self._anion_share / FARADAY * self.current_density()
        return (self._present * self.rate.expression * test + ufl.inner(flux, ufl.grad(test))) * self._dx()

    def charge_balance(self, test: Expr) -> ufl.Form:
        """Return the current that enters through electrodes, weighed with a function of the potential's space; A."""
        form = -ufl.inner(self.current_density(), ufl.grad(test)) * self._dx()
        rows = self.domain.surface_rows(*INTERNAL)
        resistive = rows[self.resistance[rows] > 0.0]
        of_surface = np.zeros(len(self.resistance))
        of_surface[resistive] = 1.0 / self.resistance[resistive]
        conductance = FacetField(self.domain, "boundary conductance")
        conductance.assign_by_surface(of_surface, resistive)
        jumps = ufl.jump(self.potential) * ufl.jump(test)
        return form + conductance.interior() * jumps * self.domain.dS(INTERNAL, 2 * self.degree)

    def amount(self, piece: fem.Function) -> ufl.Form:
        """Return the amount of salt in a piece, mol."""
        return piece * self.concentration * self._dx()

    def _dx(self) -> ufl.Measure:
        return self.domain.dx(2 * self.degree + 2)

    # Where salt is

    def _lets_anions_pass(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether anions pass surfaces: between regions of one material that holds salt."""
        regions = self.domain.tagged.surfaces.regions[rows].reshape(-1, 2)
        material = np.array(self.domain.tagged.regions.material)
        same = material[regions[:, 0]] == material[regions[:, 1]]
        return np.asarray(same & self.salt.present[regions[:, 0]])

    def _divide_dofs(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Local dofs of the concentration where there is salt, and where there is none."""
        space = self.concentration_space.space
        holds = self.salt.present[self.domain.cell_region]
        with_salt, without = (np.unique(space.dofmap.list[chosen]).astype(np.int32) for chosen in (holds, ~holds))
        return with_salt, without

    def _indicators(self) -> list[fem.Function]:
        """One function per piece that holds salt: 1 in it and 0 elsewhere."""
        comm = self.domain.mesh.comm
        holds = self.salt.present[self.domain.cell_region]
        numbers = np.unique(np.concatenate(comm.allgather(np.unique(self._piece[holds]))))
        space = fem.functionspace(self.domain.mesh, ("DG", 0))
        found = []
        for number in numbers:
            indicator = fem.Function(space)
            indicator.x.array[space.dofmap.list[:, 0]] = (self._piece == number) & holds
            found.append(indicator)
        return found

    def anchor(self, piece: fem.Function) -> NDArray[np.int32]:
        """Return one dof of the concentration in a piece, on the rank that owns it; none on the others. Collective."""
        space, comm = self.concentration_space.space, self.domain.mesh.comm
        cells = piece.x.array[piece.function_space.dofmap.list[:, 0]] > 0.0
        dofs = np.unique(space.dofmap.list[cells])
        owned = dofs[dofs < space.dofmap.index_map.size_local].astype(np.int32)
        numbers = space.dofmap.index_map.local_to_global(owned)
        none = np.iinfo(np.int64).max
        lowest = comm.allreduce(int(numbers.min(initial=none)), op=MPI.MIN)
        return owned[numbers == lowest]

    # Readings

    def drawn(self) -> tuple[BrokenSpace, NDArray[np.float64], NDArray[np.float64]]:
        """Return a space in which both fields may jump, and both at its nodes; no salt is concentration zero.

        Note:
            Collective.
        """
        pairs = self._piece.astype(np.int64) * len(self.domain.tagged.regions) + self._potential_piece
        numbers = np.unique(np.concatenate(self.domain.mesh.comm.allgather(np.unique(pairs))))
        space = broken_space(self.domain.mesh, np.searchsorted(numbers, pairs), ("Lagrange", self.degree))
        concentration, potential = np.zeros((2, len(space.parent)))
        dofs = space.space.dofmap.list
        held = self.salt.present[self.domain.cell_region][:, None]
        concentration[dofs] = held * self.concentration.x.array[self.concentration_space.space.dofmap.list]
        potential[dofs] = self.potential.x.array[self.potential_space.space.dofmap.list]
        return space, concentration, potential

    def extremes(self) -> tuple[float, float, str]:
        """Return lowest and highest concentration over the largest mean, and where the lowest is. Collective."""
        space, comm = self.concentration_space.space, self.domain.mesh.comm
        dofs = self.salt_dofs[self.salt_dofs < space.dofmap.index_map.size_local]
        values = self.concentration.x.array[dofs] / self.largest_concentration
        lowest, rank = comm.allreduce((float(values.min(initial=np.inf)), comm.rank), op=MPI.MINLOC)
        highest = comm.allreduce(float(values.max(initial=-np.inf)), op=MPI.MAX)
        text = ""
        if comm.rank == rank:
            text = self.domain.describe_dof(space, int(dofs[np.argmin(values)]))
        return float(lowest), float(highest), comm.bcast(text, root=rank)
