"""The controllers of the window, without a window."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controller_setup import ControllerSetup


@pytest.fixture
def setup() -> Any:
    setup = ControllerSetup()
    yield setup
    setup.controllers.close()
