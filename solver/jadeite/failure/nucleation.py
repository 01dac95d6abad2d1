# SPDX-License-Identifier: LGPL-3.0-or-later
"""How far sodium must be supersaturated before metal forms in the ceramic, and the smallest nucleus that survives.

Metal of radius r under a pressure p has the chemical potential V_Na p + 2 gamma V_Na / r against flat metal without
pressure. It forms where sodium in the ceramic has more (Han et al., Nat. Energy 4, 2019, 187). In a pore there is room:
p = 0. Elsewhere it must open the host: p is then Griffith's pressure of a penny-shaped flaw of the stated radius.
"""

from __future__ import annotations

from jadeite.constants import FARADAY
from jadeite.failure.criteria.opening import PENNY_UNIFORM, opening_pressure


def filling_potential(radius: float, surface_energy: float, molar_volume: float) -> float:
    """Return mu_Na / F (V) of sodium without pressure in a pore: 2 gamma V_Na / (r F).

    Args:
        radius: of the pore, m.
        surface_energy: of sodium, J/m^2.
        molar_volume: of sodium, m^3/mol.
    """
    return 2.0 * surface_energy * molar_volume / (radius * FARADAY)


def opening_potential(radius: float, fracture_toughness: float, surface_energy: float, molar_volume: float) -> float:
    """Return mu_Na / F (V) at which sodium in a penny-shaped flaw opens it: (V_Na p_crit + 2 gamma V_Na / r) / F.

    Args:
        radius: of the flaw, m; the pressure opens it by Griffith's condition, and it is the radius of the metal in it.
        fracture_toughness: of what surrounds it, Pa m^0.5.
        surface_energy: of sodium, J/m^2.
        molar_volume: of sodium, m^3/mol.
    """
    pressure = opening_pressure(fracture_toughness, radius, PENNY_UNIFORM)
    return molar_volume * pressure / FARADAY + filling_potential(radius, surface_energy, molar_volume)


def critical_nucleus_radius(
    sodium_potential: float, surface_energy: float, molar_volume: float, pressure: float = 0.0
) -> float | None:
    """Return the radius (m) above which a nucleus of sodium grows: r* = 2 gamma V_Na / (mu_Na - p V_Na).

    Gibbs and Thomson's condition for a droplet. None where no nucleus survives, however large.

    Args:
        sodium_potential: mu_Na / F, V.
        surface_energy: J/m^2.
        molar_volume: m^3/mol.
        pressure: that the host exerts on it, Pa.
    """
    driving = FARADAY * sodium_potential - pressure * molar_volume
    return 2.0 * surface_energy * molar_volume / driving if driving > 0.0 else None
