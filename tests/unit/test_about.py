"""What the program says it is made of."""

from __future__ import annotations

from pathlib import Path

from engine.about import ABSENT, details_text, package_version, program_details


def test_versions_networks_and_device_are_told() -> None:
    details = dict(program_details("CPU"))
    assert details["OpenVINO"] == package_version("openvino") != ABSENT
    assert details["Device"].startswith("CPU, ")
    assert len(details["Network discriminator"]) == 12
    assert f"Device: {details['Device']}" in details_text(tuple(details.items())).splitlines()


def test_what_is_missing_is_told_and_stops_nothing(tmp_path: Path) -> None:
    details = dict(program_details("NPU.7", tmp_path))
    assert "NPU.7" in details["Device"] and "no device" in details["Device"]
    assert "manifest.json is missing" in details["Networks"]
    assert package_version("no-such-package-here") == ABSENT
