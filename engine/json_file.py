"""JSON files: read, and refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.errors import InvalidInputError


def read_fields(path: Path, what: str, max_bytes: int) -> dict[str, Any]:
    """The fields of ``path``, which should be ``what`` ("settings file").

    Raises:
        InvalidInputError: if it cannot be read, is larger than ``max_bytes`` or no JSON object.
    """
    try:
        if not path.is_file():
            raise InvalidInputError(f"cannot read {path}: there is no such file")
        if path.stat().st_size > max_bytes:
            raise InvalidInputError(f"{path} is no {what}: it is too large")
        return json_object(path.read_bytes())
    except OSError as error:
        raise InvalidInputError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise InvalidInputError(f"{path} is no {what}: {error}") from error


def json_object(data: bytes) -> dict[str, Any]:
    """The fields of a JSON object.

    Raises:
        ValueError: saying what is wrong with ``data``.
    """
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error
    if not isinstance(fields, dict):
        raise ValueError("it holds no fields")
    return fields
