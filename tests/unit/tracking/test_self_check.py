"""The self-check: good devices pass, wrong ones are refused by name and number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import main
from app.cli.check import report_lines
from engine.errors import InvalidInputError, ModelError
from engine.inference import model_hashes
from engine.tracking import self_check
from engine.tracking.config import Options
from engine.tracking.self_check import (
    ALLOWED_MM,
    IN_8_BITS,
    Cases,
    Outputs,
    candidates,
    check_devices,
    load_cases,
    require_sound,
    run_networks,
    with_reference,
)


@pytest.fixture(scope="module")
def cases() -> Cases:
    return load_cases()


def spoiled(**changes: Callable[[Any], Any]) -> self_check.Compute:
    """A device that makes of each named output what the function does."""

    def compute(cases: Cases, device: str) -> Outputs:
        wanted = cases.outputs
        return replace(
            wanted, **{name: f(getattr(wanted, name)) for name, f in changes.items()}, median_ms=2.0
        )

    return compute


def test_the_stored_outputs_are_those_of_the_shipped_networks(cases: Cases) -> None:
    assert cases.models == model_hashes(), (
        "the networks have changed: run `python -m training references`"
    )


def test_the_stored_hands_are_hands(cases: Cases) -> None:
    assert len(cases.crops) >= 6
    assert np.isfinite(cases.outputs.centres_mm).all()
    near = cases.outputs.joints_mm - [0.0, 0.0, 1.0] * cases.distance_mm[:, None, None]
    assert np.abs(near).max() < 200.0


def test_this_cpu_passes_and_so_does_its_lower_precision() -> None:
    (plain, reduced) = check_devices(("CPU", "CPU:bf16"))
    assert plain.passed, plain.reason
    assert plain.worst_mm is not None
    assert reduced.worst_mm is not None
    assert 0.0 < plain.worst_mm["pose"] < 0.7 * IN_8_BITS * ALLOWED_MM["pose"]
    assert plain.median_ms > 0.0
    assert reduced.passed, reduced.reason
    assert 0.0 < reduced.worst_mm["pose"] < 0.7 * ALLOWED_MM["pose"]


@pytest.mark.parametrize(
    ("compute", "told"),
    [
        (spoiled(joints_mm=lambda x: x + 2.0), "its pose is off by 3.5 mm on average"),
        (spoiled(joints_mm=lambda x: x[..., ::-1]), "its pose is off by"),
        (spoiled(joints_mm=lambda x: x * np.nan), "its pose gives no usable numbers"),
        (spoiled(centres_mm=lambda x: x + 30.0), "its detector is off by up to 52.0 mm"),
        (spoiled(centres_mm=lambda x: x + np.inf), "its detector gives no usable numbers"),
        (spoiled(decoded_mm=lambda x: 1.1 * x), "its pose decoder is off"),
        (spoiled(drawn=np.zeros_like), "its generator is off"),
    ],
)
def test_a_wrong_device_is_refused_with_the_reason(compute: self_check.Compute, told: str) -> None:
    (report,) = check_devices(("NPU",), compute=compute)
    assert not report.passed
    assert told in report.reason


def test_a_device_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    (report,) = check_devices(("GPU.7",))
    assert not report.passed
    assert "cannot run on GPU.7" in report.reason
    with pytest.raises(ModelError, match=r"GPU\.7 must not be used"):
        require_sound("GPU.7")
    require_sound("CPU:f32")
    assert main.main(["check", "--device", "GPU.7"]) == 2
    said = capsys.readouterr()
    assert "NOT usable" in said.out
    assert said.err.splitlines()[-1].startswith("error: GPU.7 must not be used")


def test_a_run_on_a_wrong_device_does_not_begin(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(self_check, "run_networks", spoiled(joints_mm=lambda x: x + 9.0))
    with pytest.raises(ModelError, match="NPU must not be used: its pose is off by"):
        require_sound("NPU")
    assert main.main(["synthetic", "--headless", "--device", "NPU", "--seconds", "0.1"]) == 2
    sampled = ["latent", "--sample", "1", "--export", str(tmp_path / "hands"), "--device", "NPU"]
    assert main.main(sampled) == 2
    assert not any(tmp_path.iterdir())


def test_for_other_networks_this_cpu_is_the_reference(cases: Cases) -> None:
    asked: list[str] = []

    def compute(cases: Cases, device: str) -> Outputs:
        asked.append(device)
        return replace(cases.outputs, joints_mm=cases.outputs.joints_mm + 1.0)

    assert with_reference(cases, compute) is cases
    other = with_reference(replace(cases, models=("others",)), compute)
    assert asked == ["CPU:f32"]
    np.testing.assert_allclose(other.outputs.joints_mm, cases.outputs.joints_mm + 1.0)


def test_a_check_can_be_given_up() -> None:
    seen: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> bool:
        seen.append((done, total))
        return done < 1

    reports = check_devices(("A", "B", "C"), progress, compute=spoiled())
    assert [report.device for report in reports] == ["A"]
    assert seen == [(0, 3), (1, 3), (1, 3)]


def test_damaged_inputs_are_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="self-check"):
        load_cases(tmp_path)
    (tmp_path / self_check.CASES_FILE).write_bytes(b"PK nonsense")
    with pytest.raises(ModelError, match="self-check"):
        load_cases(tmp_path)


def test_the_command_prints_a_row_for_each_device(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["check"]) == 0
    said = capsys.readouterr()
    rows = said.out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == list(candidates())
    assert "good" in rows[0]
    assert "checking CPU" in said.err
    (broken,) = check_devices(("GPU.7",))
    assert "–" in report_lines((broken,))[1]


@pytest.mark.parametrize("device", ["CPU:f32", "GPU.1:F16", "NPU"])
def test_a_device_may_name_its_precision(device: str) -> None:
    assert Options(device=device).device == device
    with pytest.raises(InvalidInputError, match="device must be"):
        Options(device=f"{device}:int3")


def test_the_same_numbers_come_out_again(cases: Cases) -> None:
    found = run_networks(cases, "CPU:f32")
    np.testing.assert_allclose(found.joints_mm, cases.outputs.joints_mm, atol=0.5)
