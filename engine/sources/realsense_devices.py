"""The attached RealSense cameras: what each is called, offers and is best warned about."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol

from engine.errors import CameraError
from engine.sources.camera_choice import DepthMode, choose_mode, preset_key
from engine.sources.realsense_sdk import device_info, load_sdk, one_line
from engine.sources.usb_ports import usb_devices, why_not_listed

DISPARITIES: Final = 126
"""The widest shift, in pixels, that the D400 cameras look for between their two images; so nothing
nearer than fx * baseline / 126 is measured (Intel RealSense D400 datasheet, minimum Z)."""
_NEAREST_MM: Final = {"SR30": 200.0, "L515": 250.0}
"""By model, for cameras that are not stereo cameras (datasheets)."""
_HAND_PRESETS: Final = ("hand", "gesture-recognition")


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """An attached camera.

    ``usb`` is its connection, e.g. "3.2"; ``firmware`` its version and ``firmware_wanted`` the one
    the SDK recommends, empty where it does not say. ``modes`` are the depth modes offered on this
    connection, ``presets`` their names; ``nearest_mm`` tells for a size from what distance on the
    camera measures (sizes of which that is not known are left out).
    """

    name: str
    serial: str
    usb: str
    firmware: str = ""
    firmware_wanted: str = ""
    modes: tuple[DepthMode, ...] = ()
    presets: tuple[str, ...] = ()
    nearest_mm: Mapping[tuple[int, int], float] | None = None

    @property
    def slow(self) -> bool:
        """Whether it hangs on USB 2."""
        return self.usb.startswith("2")

    @property
    def best_mode(self) -> DepthMode | None:
        """What is opened unless something else is asked for."""
        return choose_mode(self.modes, self.name, 30) if self.modes else None

    @property
    def old_firmware(self) -> bool:
        """Whether the SDK recommends a newer firmware."""
        found, wanted = _version(self.firmware), _version(self.firmware_wanted)
        return bool(found and wanted) and found < wanted


class Devices(Protocol):
    """Where cameras are found; the tests put devices of their own here."""

    @property
    def sdk(self) -> Any:
        """The module ``pyrealsense2``."""
        ...

    def find_all(self) -> list[Any]:
        """The attached SDK devices that have a depth sensor."""
        ...


class SdkDevices:
    """The cameras the SDK sees. Any thread may call any method; a look takes some ms.

    Raises:
        CameraError: if the SDK cannot be loaded.
    """

    def __init__(self) -> None:
        self.sdk = load_sdk(CameraError, "a live camera")

    def find_all(self) -> list[Any]:
        """The attached devices that have a depth sensor.

        Raises:
            CameraError: if the SDK cannot look for them.
        """
        try:
            return [
                device
                for device in _context(self.sdk).query_devices()
                if any(sensor.is_depth_sensor() for sensor in device.query_sensors())
            ]
        except RuntimeError as error:
            raise CameraError(cannot_open("the camera", error)) from error


@cache
def _context(sdk: Any) -> Any:
    """One context for the process: each has threads and watches the bus by itself."""
    return sdk.context()


def attached_cameras(devices: Devices | None = None) -> list[CameraInfo]:
    """Return the attached depth cameras; none, too, where the SDK is not installed."""
    try:
        devices = devices or SdkDevices()
        found = devices.find_all()
    except CameraError:
        return []
    cameras = []
    for device in found:
        with suppress(CameraError):  # not ready yet, or just unplugged
            cameras.append(describe(devices.sdk, device))
    return cameras


def sdk_there() -> bool:
    """Whether the SDK can be loaded on this computer."""
    try:
        SdkDevices()
    except CameraError:
        return False
    return True


def why_no_camera() -> str:
    """Why no camera is listed, and what to do about it."""
    try:
        SdkDevices().find_all()
    except CameraError as error:
        return str(error)
    reason = why_not_listed(usb_devices())
    if reason:
        return reason
    text = "no RealSense camera is attached: plug it into a USB 3 port with its own cable"
    rules = "; on Linux install the udev rules of librealsense"
    return text + rules if sys.platform.startswith("linux") else text


def find_device(devices: Devices, serial: str) -> Any | None:
    """The attached device with this serial number; None if there is none."""
    for device in devices.find_all():
        if serial_of(devices.sdk, device) == serial:
            return device
    return None


def serial_of(sdk: Any, device: Any) -> str:
    """A device's serial number."""
    return device_info(device, sdk.camera_info.serial_number)


def describe(sdk: Any, device: Any) -> CameraInfo:
    """Everything the program wants to know of a device before it opens it.

    Raises:
        CameraError: if the device does not answer.
    """
    try:
        return _describe(sdk, device)
    except RuntimeError as error:
        raise CameraError(cannot_open("the camera", error)) from error


def _describe(sdk: Any, device: Any) -> CameraInfo:
    field = sdk.camera_info
    name = device_info(device, field.name, "RealSense")
    sensor = device.first_depth_sensor()
    profiles = depth_profiles(sdk, sensor)
    return CameraInfo(
        name=name,
        serial=device_info(device, field.serial_number),
        usb=device_info(device, field.usb_type_descriptor),
        firmware=device_info(device, field.firmware_version),
        firmware_wanted=device_info(device, field.recommended_firmware_version),
        modes=tuple(sorted(profiles)),
        presets=tuple(preset_values(sdk, sensor)),
        nearest_mm=_nearest_of_sizes(sdk, sensor, name, profiles),
    )


def depth_profiles(sdk: Any, sensor: Any) -> dict[DepthMode, Any]:
    """The SDK's profile of each depth mode that a sensor offers."""
    profiles = {}
    for profile in sensor.get_stream_profiles():
        if profile.stream_type() == sdk.stream.depth and profile.format() == sdk.format.z16:
            video = profile.as_video_stream_profile()
            profiles[DepthMode(video.width(), video.height(), video.fps())] = profile
    return profiles


def preset_values(sdk: Any, sensor: Any) -> dict[str, float]:
    """Presets by their names, as the sensor describes them, with the values that choose them."""
    option = sdk.option.visual_preset
    if not sensor.supports(option):
        return {}
    values = sensor.get_option_range(option)
    found = {}
    for value in range(int(values.min), int(values.max) + 1):
        name = sensor.get_option_value_description(option, float(value))
        if name:
            found[str(name)] = float(value)
    return found


def chosen_preset(presets: Mapping[str, float], wanted: str, camera: str) -> float | None:
    """The value of the preset ``wanted`` (see ``preset_key``), or of the one made for hands.

    Raises:
        CameraError: if a preset is asked for that the camera does not have.
    """
    by_key = {preset_key(name): value for name, value in presets.items()}
    if wanted and wanted not in by_key:
        known = ", ".join(by_key) or "none"
        raise CameraError(f"{camera} has no preset '{wanted}'; its presets: {known}")
    for key in (wanted,) if wanted else _HAND_PRESETS:
        if key in by_key:
            return by_key[key]
    return None


def nearest_mm(sdk: Any, sensor: Any, model: str, fx: float) -> float:
    """From what distance on a sensor measures at the focal length ``fx`` px; 0 if not known."""
    option = sdk.option.stereo_baseline
    if sensor.supports(option):
        baseline_mm = float(sensor.get_option(option))
        if math.isfinite(baseline_mm) and baseline_mm > 0.0:
            return fx * baseline_mm / DISPARITIES
    return next((mm for part, mm in _NEAREST_MM.items() if part in model), 0.0)


def cannot_open(name: str, error: RuntimeError) -> str:
    """What to tell about an SDK error."""
    reason = one_line(error)
    if "busy" in reason.lower() or "in use" in reason.lower():
        return f"{name} is used by another program ({reason}): close that program"
    return (
        f"{name} cannot be opened ({reason}): close other programs that use it, try another USB 3 "
        "port and cable; on Linux check the udev rules of librealsense"
    )


def _nearest_of_sizes(
    sdk: Any, sensor: Any, model: str, profiles: Mapping[DepthMode, Any]
) -> dict[tuple[int, int], float]:
    found = {}
    for mode, profile in profiles.items():
        if mode.size not in found:
            try:
                lens = profile.as_video_stream_profile().get_intrinsics()
            except RuntimeError:
                continue  # not calibrated for this size
            found[mode.size] = nearest_mm(sdk, sensor, model, lens.fx)
    return {size: mm for size, mm in found.items() if mm > 0.0}


def _version(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()
