# SPDX-License-Identifier: LGPL-3.0-or-later
"""The one place that knows which DOLFINx is installed, and that prepares MPI before it starts.

The wheel `dolfinx-solver-real` must be imported before `dolfinx`, because it orders the loading of MPI. Any other
DOLFINx 0.11 (conda, Spack, Debian) needs no such step. Everything else in Jadeite imports `dolfinx`, `petsc4py` and
`mpi4py` by their own names.
"""

import contextlib
import importlib
import importlib.util
import logging
import os
import sys
from pathlib import Path

from jadeite.cache_folder import other_cache

if (_OTHER_CACHE := other_cache()) is not None:
    os.environ.update(_OTHER_CACHE.environment)

# MPICH probes cross-memory attach, which container engines older than Docker 23 forbid without saying so: it then
# hangs. UCX hangs between hosts over plain TCP. Both are defaults only: a site's own setting wins.
os.environ.setdefault("MPIR_CVAR_CH4_CMA_ENABLE", "0")
os.environ.setdefault("MPICH_CH4_NETMOD", "ofi")
# One thread a rank: the ranks are the parallelism, and threaded BLAS on few cores only fights with them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# PETSc, DOLFINx and its form compiler look into the current folder for options when they start (.petscrc,
# dolfinx_jit_options.json, ffcx_options.json), compilers' arguments among them. That folder may hold a stranger's case:
# here they look into ours.
with contextlib.chdir(Path(__file__).parent):
    if importlib.util.find_spec("dolfinx_solver") is not None:
        importlib.import_module("dolfinx_solver")
    import dolfinx
    import dolfinx.jit
    import ffcx.options
    import numpy as np
    from mpi4py import MPI
    from petsc4py import PETSc

    # both remember what they have read
    dolfinx.jit.get_options()
    ffcx.options.get_options()

from jadeite.interrupts import catch_interrupts

# A rank that still loads its libraries must not die of a signal that the first rank, which is ahead, has to act on.
if MPI.COMM_WORLD.rank > 0:
    catch_interrupts(MPI.COMM_WORLD.rank)

if _OTHER_CACHE is not None and MPI.COMM_WORLD.rank == 0:
    logging.getLogger(__name__).warning(_OTHER_CACHE.note)
if np.issubdtype(PETSc.ScalarType, np.complexfloating):
    raise ImportError(
        "Jadeite needs DOLFINx and PETSc with real numbers; the installed PETSc was built for complex ones"
    )
if not dolfinx.__version__.startswith("0.11."):
    raise ImportError(f"Jadeite needs DOLFINx 0.11; version {dolfinx.__version__} is installed")

from jadeite.fem.form_cache import prepare_form_cache

prepare_form_cache(MPI.COMM_WORLD.rank == 0)


def _load_petsc_forms() -> None:
    """Load `dolfinx.fem.petsc` while numba is out of its sight.

    Where numba is installed (readers of orientation maps bring it), that module makes every symbol of PETSc's libraries
    global for it, HDF5 among them, and h5py with an HDF5 of its own no longer works. Nothing here needs numba.
    """
    numba = sys.modules.get("numba")
    sys.modules["numba"] = None  # type: ignore[assignment]
    try:
        importlib.import_module("dolfinx.fem.petsc")
    finally:
        del sys.modules["numba"]
        if numba is not None:
            sys.modules["numba"] = numba


_load_petsc_forms()


def versions() -> dict[str, str]:
    """Return the versions of the numerical libraries that this process has loaded, by name."""
    petsc = ".".join(str(part) for part in PETSc.Sys.getVersion())
    return {"dolfinx": dolfinx.__version__, "petsc": petsc, "numpy": np.__version__}
