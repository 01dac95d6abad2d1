# SPDX-License-Identifier: LGPL-3.0-or-later
"""The file of a checkpoint: names, numbers, dataclasses and arrays, in one NumPy archive.

Nothing in it is executed when it is read. Every member carries a checksum, so that a spoilt file is noticed. The last
two files are kept: when a process dies while one is written, or a disk spoils one, the other is good.
"""

from __future__ import annotations

import json
import logging
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_origin

import cattrs
import numpy as np
from numpy.typing import NDArray

import jadeite
from jadeite.numpy_archive import read_archive
from jadeite.output.folder import OutputError, replacing, shown

LATEST, PREVIOUS = "latest.npz", "previous.npz"

_FORMAT = 1
_ARRAY, _PAIRS, _COMPLEX, _CONTENT = "\0array", "\0pairs", "\0complex", "content"
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error)
_LOGGER = logging.getLogger(__name__)


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    converter.register_unstructure_hook_func(lambda kind: _is_array(kind), lambda array: array)
    converter.register_structure_hook_func(lambda kind: _is_array(kind), lambda value, _: np.asarray(value))
    converter.register_structure_hook(complex, lambda value, _: complex(value))
    # tuples may be keys of mappings, which lists may not
    converter.register_unstructure_hook(tuple, lambda parts: tuple(converter.unstructure(part) for part in parts))
    return converter


def _is_array(kind: Any) -> bool:
    return kind is np.ndarray or get_origin(kind) is np.ndarray


_CONVERTER = _converter()


def plain(value: Any) -> Any:
    """Return a dataclass, or a collection of them, as dictionaries, lists, numbers and arrays."""
    return _CONVERTER.unstructure(value)


def restored[T](value: Any, kind: type[T]) -> T:
    """Return what `plain` was given, by its type.

    Raises:
        OutputError: when it is of another type: an earlier version of the program kept something else.
    """
    try:
        return _CONVERTER.structure(value, kind)
    except (cattrs.BaseValidationError, KeyError, TypeError, ValueError) as error:
        raise OutputError(
            "The checkpoint holds something else than this version of the program keeps. Remove checkpoint/ from the "
            "run folder to begin the run anew."
        ) from error


def write_checkpoint(folder: Path, content: Mapping[str, Any]) -> None:
    """Write what `plain` gives, with arrays at any depth; the file that was the latest becomes the previous one.

    Raises:
        OutputError: when the disk is full.
    """
    arrays: dict[str, NDArray[Any]] = {}
    text = json.dumps({"format": _FORMAT, "version": jadeite.__version__, "content": _listed(content, arrays)})
    latest = folder / LATEST
    with replacing(latest) as temporary:
        np.savez(temporary, allow_pickle=False, **{_CONTENT: np.array(text)}, **arrays)
        if latest.exists():
            latest.replace(folder / PREVIOUS)


def read_checkpoint(folder: Path) -> dict[str, Any]:
    """Return the content of the latest good file; empty where there is none.

    Raises:
        OutputError: when there are files and none of them can be read.
    """
    found = [path for path in (folder / LATEST, folder / PREVIOUS) if path.exists()]
    reasons = []
    for path in found:
        try:
            return _read(path)
        except _UNREADABLE as error:
            reasons.append(f"{path.name}: {error}")
            _LOGGER.warning("the checkpoint %s cannot be read: %s", path.name, error)
    if not found:
        return {}
    raise OutputError(
        f"The checkpoint in {shown(folder)} cannot be read ({'; '.join(reasons)}). Remove that folder to begin the run "
        "anew."
    )


def _read(path: Path) -> dict[str, Any]:
    arrays = read_archive(path)
    head = json.loads(str(arrays.pop(_CONTENT)))
    if head["format"] != _FORMAT:
        raise ValueError(f"its format is {head['format']}, of version {head['version']}")
    if head["version"] != jadeite.__version__:
        _LOGGER.warning("the checkpoint is of version %s, and this is %s", head["version"], jadeite.__version__)
    content = _unlisted(head["content"], arrays)
    if not isinstance(content, dict):
        raise TypeError("it holds no checkpoint")
    return content


def _listed(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """Replace what JSON does not know; arrays are collected."""
    if isinstance(value, np.ndarray):
        name = f"array {len(arrays)}"
        arrays[name] = value
        return {_ARRAY: name}
    if isinstance(value, np.generic):
        return _listed(value.item(), arrays)
    if isinstance(value, complex):
        return {_COMPLEX: [value.real, value.imag]}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value):
            return {str(key): _listed(entry, arrays) for key, entry in value.items()}
        return {_PAIRS: [[_listed(key, arrays), _listed(entry, arrays)] for key, entry in value.items()]}
    if isinstance(value, list | tuple | set | frozenset):
        return [_listed(entry, arrays) for entry in value]
    return value


def _unlisted(value: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if isinstance(value, list):
        return [_unlisted(entry, arrays) for entry in value]
    if not isinstance(value, dict):
        return value
    if _ARRAY in value:
        return arrays[value[_ARRAY]]
    if _COMPLEX in value:
        return complex(*value[_COMPLEX])
    if _PAIRS in value:
        return {_hashable(_unlisted(key, arrays)): _unlisted(entry, arrays) for key, entry in value[_PAIRS]}
    return {key: _unlisted(entry, arrays) for key, entry in value.items()}


def _hashable(key: Any) -> Any:
    return tuple(_hashable(part) for part in key) if isinstance(key, list) else key
