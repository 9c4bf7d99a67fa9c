"""Cameras made of the SDK's own software device, and a bus to plug them into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from engine.camera import Camera
from engine.sources.realsense_camera import RealSenseCamera
from engine.types import Frame
from tests import colour_recordings as made
from tests.recordings import CAMERA
from tests.sdk_recordings import sdk_frame, sdk_stream

PRESETS = ("Custom", "Default", "Hand", "High Accuracy")


class SoftwareCamera:
    """A software device with one depth stream for each of ``cameras``.

    ``colour`` comes from a sensor of its own, or shares the one of depth as a D405's does;
    ``presets`` are what its visual preset is called: a software sensor has the option, but no
    words for its values.
    """

    def __init__(
        self,
        sdk: Any,
        cameras: Sequence[Camera] = (CAMERA,),
        *,
        serial: str = "42",
        usb: str = "3.2",
        firmware: tuple[str, str] = ("5.16.0.1", "5.16.0.1"),
        presets: Sequence[str] = (),
        baseline_mm: float = 0.0,
        colour: Literal["", "own", "shared"] = "",
    ) -> None:
        self.sdk, self.serial = sdk, serial
        device = sdk.software_device()
        self.sensor = device.add_sensor("Stereo Module")
        field = sdk.camera_info
        for info, text in (
            (field.name, cameras[0].name),
            (field.serial_number, serial),
            (field.usb_type_descriptor, usb),
            (field.firmware_version, firmware[0]),
            (field.recommended_firmware_version, firmware[1]),
        ):
            device.register_info(info, text)
        self._profiles = {}
        for number, camera in enumerate(cameras):
            stream = sdk_stream(sdk, camera)
            stream.uid = number + 1
            self._profiles[camera] = self.sensor.add_video_stream(stream, number == 0)
        self.sensor.add_read_only_option(sdk.option.depth_units, cameras[0].depth_unit_mm / 1000.0)
        if baseline_mm:
            self.sensor.add_read_only_option(sdk.option.stereo_baseline, baseline_mm)
        if presets:
            values = sdk.option_range()
            values.max, values.step = len(presets) - 1, 1
            self.sensor.add_option(sdk.option.visual_preset, values, True)
        self.colour_sensor: Any = None
        if colour:
            own = colour == "own"
            self.colour_sensor = device.add_sensor("RGB Camera") if own else self.sensor
            self._colour = self.colour_sensor.add_video_stream(made.colour_stream(sdk), own)
            for profile in self._profiles.values():
                profile.register_extrinsics_to(self._colour, made.extrinsics(sdk))
        self.device = _Device(device, _Sensor(self.sensor, presets))
        self._sent = 0

    def open(self, **how: Any) -> RealSenseCamera:
        """Open it without a bus."""
        return RealSenseCamera(self.sdk, self.device, attached=lambda: True, **how)

    def send(self, frame: Frame, *, unit_mm: float | None = None) -> None:
        """Let it take ``frame``; ``unit_mm`` is what the frame says its unit is."""
        self._sent += 1
        told = frame.camera if unit_mm is None else replace(frame.camera, depth_unit_mm=unit_mm)
        profile = next(
            profile
            for camera, profile in self._profiles.items()
            if (camera.width, camera.height) == (frame.camera.width, frame.camera.height)
        )
        self.sensor.on_video_frame(sdk_frame(self.sdk, frame, told, profile, self._sent))

    def send_colour(self, k: int) -> None:
        """Let it take the colours of frame ``k``."""
        frame = made.colour_frame(self.sdk, k, self._colour, 500.0 + 20.5 * k)
        self.colour_sensor.on_video_frame(frame)


class Bus:
    """``engine.sources.realsense_devices.Devices`` with cameras that a test plugs in and out."""

    def __init__(self, sdk: Any, *cameras: SoftwareCamera) -> None:
        self.sdk = sdk
        self.cameras = list(cameras)

    def find_all(self) -> list[Any]:
        return [camera.device for camera in self.cameras]


class _Device:
    """A software device whose sensor has words for its presets; counts resets."""

    def __init__(self, device: Any, sensor: _Sensor) -> None:
        self._device, self._sensor = device, sensor
        self.resets = 0

    def first_depth_sensor(self) -> _Sensor:
        return self._sensor

    def hardware_reset(self) -> None:
        self.resets += 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._device, name)


class _Sensor:
    def __init__(self, sensor: Any, presets: Sequence[str]) -> None:
        self._sensor, self._presets = sensor, presets

    def get_option_value_description(self, option: Any, value: float) -> str:
        return self._presets[int(value)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sensor, name)
