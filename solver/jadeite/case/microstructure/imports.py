# SPDX-License-Identifier: LGPL-3.0-or-later
"""Microstructures from elsewhere: labelled images, orientation maps, Neper tessellations, tagged meshes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.microstructure.common import CrystalSymmetry, FileName, Role
from jadeite.case.section import Section, key
from jadeite.case.units import ANGLE, LENGTH, QuantitiesField, QuantityField

VoxelSize = Annotated[
    tuple[float, ...], QuantitiesField(QuantityField(LENGTH, above="0 um", at_most="1 mm"), (1, 2, 3))
]
_MATERIAL = "Role of the material of every grain that `materials` does not name."
_MATERIALS = "Roles by label (images), phase name (orientation maps) or group name (meshes)."
_SYMMETRY = "Symmetry for misorientations; if left out, that which the file names, trigonal where it names none."
_ORIENTATIONS = "Table (.csv) with columns label, phi1, Phi, phi2 in degrees (Bunge); the file's own if left out."


class ImportedImage(Section):
    """A labelled image: every voxel (pixel in 2-D) holds the number of its grain."""

    law: Literal["image"] = key("image", description="Labelled voxels: .npy, .tif, .vti or DREAM3D's .dream3d.")
    file: FileName = key(description="The image. Axes of arrays are (x, y) or (x, y, z); of .tif pages (z, y, x).")
    dataset: str | None = key(None, description="Name of the array in a file that holds several.")
    voxel_size: VoxelSize | None = key(
        None, description="Edge of a voxel, or its edges along x, y, z; the file's own when left out."
    )
    material: Role = key("electrolyte", description=_MATERIAL)
    materials: dict[str, Role] = key(default_factory=dict, description=_MATERIALS)
    pore_labels: tuple[int, ...] = key((), max_length=1000, description="Labels that are void rather than grains.")
    orientations: FileName | None = key(None, description=_ORIENTATIONS)
    crystal_symmetry: CrystalSymmetry | None = key(None, description=_SYMMETRY)
    smallest_grain: int = key(8, ge=0, description="Grains of fewer voxels are given to their neighbours.")
    smoothing: int = key(20, ge=0, le=500, description="Smoothing steps of boundaries; 0 keeps the staircase.")


class ImportedOrientationMap(Section):
    """An orientation map measured by electron backscatter diffraction; grains are found by misorientation."""

    law: Literal["orientation_map"] = key("orientation_map", description="EBSD map: .ctf, .ang or .h5.")
    file: FileName = key(description="The map: .ctf, .ang, or .h5 by orix; a square or hexagonal grid of points.")
    euler_frame: Literal["map", "setting_1", "setting_2", "setting_3", "setting_4"] | None = key(
        None,
        description="Sample frame of the Euler angles: that of the `map` (x to the right, y down), or half a turn "
        "from it about x + y (`setting_1`), x - y (`setting_2`), x (`setting_3`) or y (`setting_4`); if left out, "
        "3 for .ctf, 2 for .ang and the map's own for .h5.",
    )
    material: Role = key("electrolyte", description=_MATERIAL)
    materials: dict[str, Role] = key(default_factory=dict, description=_MATERIALS)
    threshold: Annotated[float, QuantityField(ANGLE, above="0 deg", at_most="60 deg")] = key(
        "5 deg", description="Misorientation between neighbouring points that makes a grain boundary."
    )
    crystal_symmetry: CrystalSymmetry | None = key(
        None, description="Symmetry for misorientations; if left out, that which the file names for each phase."
    )
    smallest_grain: int = key(8, ge=0, description="Grains of fewer points are given to their neighbours.")
    smoothing: int = key(20, ge=0, le=500, description="Smoothing steps of boundaries; 0 keeps the staircase.")


class ImportedTessellation(Section):
    """A tessellation made by Neper (.tess): exact polyhedra, meshed here."""

    law: Literal["neper"] = key("neper", description="Neper's .tess file.")
    file: FileName = key(
        description="The tessellation, in a box; scaled so that the box is as high as the separator is thick."
    )
    material: Role = key("electrolyte", description=_MATERIAL)
    crystal_symmetry: CrystalSymmetry | None = key(None, description=_SYMMETRY)


class ImportedMesh(Section):
    """A mesh of triangles or tetrahedra with a group number or name in each cell, used as it is."""

    law: Literal["mesh"] = key(
        "mesh", description="Read by meshio: .msh (also Neper's), .vtu, .vtk, .xdmf, .mesh, .meshb or .med."
    )
    file: FileName = key(description="The mesh. The smallest and largest y are the electrodes.")
    length_unit: Annotated[float, QuantityField(LENGTH, above="0 m", at_most="1 m")] = key(
        "1 m", description="Length that one unit of the file's coordinates stands for."
    )
    cell_data: str | None = key(None, description="Name of the cell array that holds the group; found if left out.")
    material: Role = key("electrolyte", description=_MATERIAL)
    materials: dict[str, Role] = key(default_factory=dict, description=_MATERIALS)
    orientations: FileName | None = key(None, description=_ORIENTATIONS)
    crystal_symmetry: CrystalSymmetry | None = key(None, description=_SYMMETRY)


Imported = Annotated[
    ImportedImage | ImportedOrientationMap | ImportedTessellation | ImportedMesh, Field(discriminator="law")
]
