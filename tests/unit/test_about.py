"""What the program says it is made of."""

from __future__ import annotations

from pathlib import Path

from engine.about import ABSENT, facts_text, package_version, program_facts


def test_versions_networks_and_device_are_told() -> None:
    facts = dict(program_facts("CPU"))
    assert facts["OpenVINO"] == package_version("openvino") != ABSENT
    assert facts["Device"].startswith("CPU, ")
    assert len(facts["Network discriminator"]) == 12
    assert f"Device: {facts['Device']}" in facts_text(tuple(facts.items())).splitlines()


def test_what_is_missing_is_told_and_stops_nothing(tmp_path: Path) -> None:
    facts = dict(program_facts("NPU.7", tmp_path))
    assert "NPU.7" in facts["Device"] and "no device" in facts["Device"]
    assert "manifest.json is missing" in facts["Networks"]
    assert package_version("no-such-package-here") == ABSENT
