# SPDX-License-Identifier: LGPL-3.0-or-later
"""Run by ParaView's own Python: prints what ParaView reads of a field file, step by step, as JSON.

usage: pvpython paraview_probe.py FILE
"""

import json
import sys

from paraview import servermanager
from paraview.simple import OpenDataFile, XDMFReader

name = sys.argv[1]
# ParaView 5.11 has several readers for XDMF: this is the one that its users are told to choose
source = XDMFReader(FileNames=[name]) if name.endswith(".xdmf") else OpenDataFile(name)
source.UpdatePipelineInformation()
times = source.TimestepValues
steps = []
for time in [times] if isinstance(times, float) else list(times):
    source.UpdatePipeline(time)
    grid = servermanager.Fetch(source)
    arrays = {}
    for group in (grid.GetPointData(), grid.GetCellData()):
        for number in range(group.GetNumberOfArrays()):
            array = group.GetArray(number)
            rows = range(array.GetNumberOfTuples())
            arrays[array.GetName()] = [list(array.GetTuple(row)) for row in rows]
    points = [list(grid.GetPoint(row)) for row in range(grid.GetNumberOfPoints())]
    cells = [
        [grid.GetCell(row).GetPointId(node) for node in range(grid.GetCell(row).GetNumberOfPoints())]
        for row in range(grid.GetNumberOfCells())
    ]
    steps.append({"time": time, "points": points, "cells": cells, "arrays": arrays})
print("PROBE " + json.dumps(steps))
