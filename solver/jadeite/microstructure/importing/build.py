# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a recipe that names a file to a tagged mesh: each kind of file by its own reader, all by the same rules.

The box of the recipe and that of the file must agree. Surfaces are named as those of generated microstructures are;
regions are called "grain LABEL".
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.assemble import assemble
from jadeite.microstructure.importing.bounds import check_number_of_cells
from jadeite.microstructure.importing.images import LabelledImage, read_image
from jadeite.microstructure.importing.imported_regions import agreed_symmetry, check_extents, make_regions
from jadeite.microstructure.importing.labels import boundary_faces, clean_labels, coarsen
from jadeite.microstructure.importing.neper import read_tess
from jadeite.microstructure.importing.neper_mesh import mesh_tess
from jadeite.microstructure.importing.orientation_maps import find_grains, read_map
from jadeite.microstructure.importing.orientation_tables import read_labelled_orientations
from jadeite.microstructure.importing.pixel_plane import mesh_pixels
from jadeite.microstructure.importing.tagged import read_mesh
from jadeite.microstructure.importing.voxel_solid import mesh_voxels
from jadeite.microstructure.tagged_mesh import TaggedMesh

if TYPE_CHECKING:
    from jadeite.case.microstructure import (
        ImportedImage,
        ImportedMesh,
        ImportedOrientationMap,
        ImportedTessellation,
        Recipe,
    )

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# an image whose mesh would have more cells than this is made coarser, unless the recipe gives a size at boundaries
MOST_CELLS = 1_500_000
# cells per face between voxels, in 2-D and 3-D, as measured on equiaxed grains
CELLS_PER_FACE = {2: 12.0, 3: 7.5}
# cells of a grain of a tessellation, with the sizes that follow from its diameter
CELLS_PER_GRAIN = {2: 150.0, 3: 500.0}


def import_microstructure(recipe: Recipe) -> TaggedMesh:
    """The mesh of a recipe whose separator is imported.

    Raises MicrostructureError for a file that cannot be read or does not fit the recipe, and MeshingError when no valid
    mesh is found.
    """
    imported = recipe.separator.imported
    if imported is None:
        raise MicrostructureError("the separator of this recipe is not imported")
    if imported.law == "image":
        return _image(recipe, imported)
    if imported.law == "orientation_map":
        return _orientation_map(recipe, imported)
    if imported.law == "neper":
        return _tessellation(recipe, imported)
    return _mesh(recipe, imported)


def _image(recipe: Recipe, imported: ImportedImage) -> TaggedMesh:
    """The mesh of a labelled image."""
    path = Path(imported.file)
    image = read_image(path, recipe.dimension, imported.dataset)
    if imported.voxel_size is not None:
        edges = imported.voxel_size * recipe.dimension if len(imported.voxel_size) == 1 else imported.voxel_size
        if len(edges) != recipe.dimension:
            raise MicrostructureError(f"`voxel_size` has {len(edges)} edges, the image {recipe.dimension} axes")
    elif image.voxel_size is not None:
        edges = image.voxel_size
    else:
        raise MicrostructureError(f"{path.name} does not say how large a voxel is: give `voxel_size`")
    orientations: dict[int, Array] | None = image.orientations or None
    if imported.orientations is not None:
        orientations = read_labelled_orientations(Path(imported.orientations))
    return _mesh_labels(
        recipe, imported, image, edges, orientations, imported.crystal_symmetry, imported.pore_labels, path.name
    )


def _orientation_map(recipe: Recipe, imported: ImportedOrientationMap) -> TaggedMesh:
    """The mesh of the grains in an orientation map."""
    path = Path(imported.file)
    if recipe.dimension != 2:
        raise MicrostructureError(f"{path.name} is a plane map: it needs a recipe of dimension 2")
    mapped = read_map(path, imported.euler_frame)
    grains = find_grains(mapped, imported.threshold, imported.crystal_symmetry)
    image = LabelledImage(grains.labels, grains.pixel_size, grains.orientations, grains.phases, grains.symmetries)
    mesh = _mesh_labels(recipe, imported, image, grains.pixel_size, grains.orientations, None, (), path.name)
    mesh.statistics["unindexed_fraction"] = grains.unindexed_fraction
    return mesh


def _tessellation(recipe: Recipe, imported: ImportedTessellation) -> TaggedMesh:
    """The mesh of a tessellation made by Neper."""
    path = Path(imported.file)
    tess = read_tess(path)
    symmetry = agreed_symmetry(imported.crystal_symmetry, tess.crystal_symmetry, "every crystal")
    ids = tess.ids.tolist()
    if recipe.mesh.interior_size is None:
        cells = CELLS_PER_GRAIN[recipe.dimension] * len(ids) * 2.0 ** (recipe.dimension * recipe.mesh.refinements)
        check_number_of_cells(cells, recipe.dimension, path.name)
    orientations = None if tess.orientations is None else dict(zip(ids, tess.orientations, strict=True))
    regions = make_regions(
        ids,
        [0] * len(ids),
        material=imported.material,
        materials={},
        orientations=orientations,
        crystal_symmetry=symmetry,
    )
    return mesh_tess(tess, regions, recipe.box, recipe.mesh, path)


def _mesh(recipe: Recipe, imported: ImportedMesh) -> TaggedMesh:
    """A mesh from elsewhere with its tables."""
    path = Path(imported.file)
    mesh = read_mesh(path, recipe.dimension, imported.cell_data)
    low, extent = mesh.points.min(axis=0), np.ptp(mesh.points, axis=0)
    check_extents((imported.length_unit * extent).tolist(), recipe.box, path.name)
    orientations: dict[int, Array] | None = mesh.orientations or None
    if imported.orientations is not None:
        orientations = read_labelled_orientations(Path(imported.orientations))
    labels, rows = np.unique(mesh.group, return_inverse=True)
    regions = make_regions(
        labels.tolist(),
        [0] * len(labels),
        material=imported.material,
        materials=imported.materials,
        orientations=orientations,
        crystal_symmetry=agreed_symmetry(imported.crystal_symmetry, mesh.crystal_symmetry, "every crystal"),
        names=mesh.names,
    )
    points = (mesh.points - low) / extent * np.array(recipe.box)
    return assemble(points, mesh.cells, rows.astype(np.int64), regions, recipe.box, {"mesh_algorithm": "imported"})


def _mesh_labels(
    recipe: Recipe,
    imported: ImportedImage | ImportedOrientationMap,
    image: LabelledImage,
    edges: tuple[float, ...],
    orientations: dict[int, Array] | None,
    crystal_symmetry: str | None,
    pore_labels: tuple[int, ...],
    source: str,
) -> TaggedMesh:
    """Clean labels, bring them to the resolution of the mesh, and mesh them."""
    shape = image.labels.shape
    check_extents([n * edge for n, edge in zip(shape, edges, strict=True)], recipe.box, source)
    target = _shape(recipe, image)
    labels = image.labels if target == shape else coarsen(image.labels, target)
    check_number_of_cells(_cells(recipe, labels), recipe.dimension, source)
    grains = clean_labels(labels, pore_labels, imported.smallest_grain)
    regions = make_regions(
        grains.source.tolist(),
        grains.piece.tolist(),
        material=imported.material,
        materials=imported.materials,
        orientations=orientations,
        crystal_symmetry=crystal_symmetry,
        phases=image.phases,
        symmetries=image.symmetries,
        gone=np.setdiff1d(image.labels, grains.source).tolist(),
    )
    mean_measure = float(np.prod(recipe.box)) * float(np.mean(grains.rows < grains.grains)) / grains.grains
    diameter = 2.0 * np.sqrt(mean_measure / np.pi) if recipe.dimension == 2 else np.cbrt(6.0 * mean_measure / np.pi)
    make_mesh = mesh_pixels if recipe.dimension == 2 else mesh_voxels
    mesh = make_mesh(
        grains,
        regions,
        recipe.box,
        smoothing=imported.smoothing,
        interior_size=recipe.mesh.interior_size or float(diameter) / 5,
        growth=recipe.mesh.growth,
        refinements=recipe.mesh.refinements,
    )
    mesh.statistics["voxels_of_file"] = " x ".join(str(n) for n in shape)
    mesh.statistics["voxels_meshed"] = " x ".join(str(n) for n in target)
    return mesh


def _shape(recipe: Recipe, image: LabelledImage) -> tuple[int, ...]:
    """Voxels along each axis that are meshed: those of the file, or fewer for larger cells at boundaries."""
    shape = np.array(image.labels.shape)
    edges = np.array(recipe.box) / shape
    if recipe.mesh.boundary_size is not None:
        wanted = np.maximum(recipe.mesh.boundary_size, edges)
    else:
        wanted = edges * max(1.0, _cells(recipe, image.labels) / MOST_CELLS) ** (1.0 / (recipe.dimension - 1))
    return tuple(int(n) for n in np.maximum(np.round(np.array(recipe.box) / wanted), 2))


def _cells(recipe: Recipe, labels: Index) -> float:
    """About how many cells an image is meshed with."""
    walls = sum(2 * int(np.prod(np.delete(labels.shape, axis))) for axis in range(labels.ndim))
    cells = CELLS_PER_FACE[recipe.dimension] * (boundary_faces(labels) + walls)
    return float(cells * 2.0 ** (recipe.dimension * recipe.mesh.refinements))
