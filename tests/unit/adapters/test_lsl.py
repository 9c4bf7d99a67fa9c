"""What an inlet of the Lab Streaming Layer gets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from engine.adapters.lsl import LABELS, LslOutlets
from engine.errors import InvalidInputError
from tests.fakes import make_frame, make_hand, make_result

try:
    import pylsl
except (ImportError, RuntimeError) as error:
    pytest.skip(f"pylsl cannot be used here: {error}", allow_module_level=True)

TIMEOUT_S = 20.0


def inlet(name: str) -> Any:
    found = pylsl.resolve_byprop("name", name, timeout=TIMEOUT_S)
    assert found, f"no stream {name}"
    opened = pylsl.StreamInlet(found[0])
    opened.open_stream(timeout=TIMEOUT_S)
    return opened


def test_an_inlet_gets_joints_and_gestures() -> None:
    name = f"test-{uuid4()}"
    fist = replace(make_hand(), gesture="fist")
    with LslOutlets(name) as outlets:
        right, left, marks = (inlet(f"{name} {what}") for what in ("right", "left", "gestures"))
        for index, hands in enumerate([(fist,), (fist,), ()]):
            outlets.write(make_result(make_frame(index), *hands))
        seen, _ = right.pull_sample(timeout=TIMEOUT_S)
        values = dict(zip(LABELS, seen, strict=True))
        assert values["index_tip_z"] == pytest.approx(float(fist.joints_mm[8, 2]))
        assert values["little_tip_error"] == pytest.approx(float(fist.expected_error_mm[20]))
        assert values["confidence"] == pytest.approx(fist.confidence)
        assert np.isnan(left.pull_sample(timeout=TIMEOUT_S)[0][1:]).all()
        told = [marks.pull_sample(timeout=TIMEOUT_S)[0] for _ in range(2)]
        assert told == [["right fist"], ["right"]]
        channel = right.info().desc().child("channels").first_child()
        assert channel.child_value("label") == "timestamp_ms"
        for opened in (right, left, marks):
            opened.close_stream()


def test_a_stream_needs_a_name() -> None:
    with pytest.raises(InvalidInputError, match="name"):
        LslOutlets(" ")
