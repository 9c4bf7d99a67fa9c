"""JSON files that a user chooses: read, and refused in one line."""

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
        fields = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInputError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{path} is no {what}: it is not JSON") from error
    if not isinstance(fields, dict):
        raise InvalidInputError(f"{path} is no {what}: it holds no fields")
    return fields
