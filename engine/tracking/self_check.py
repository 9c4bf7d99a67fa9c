"""Does a device compute what it should? Stored inputs, stored outputs, the difference in mm.

A device that is silently wrong gives hands that look like hands. So every device, and every
precision it offers, can be compared with reference outputs (``assets/models/check.npz``, written by
``python -m training references`` in float32 on the CPU, for networks whose export was compared with
torch), and one that differs too much is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.assets import asset_path
from engine.camera import Camera, FloatArray
from engine.errors import ModelError
from engine.inference import available_devices, device_title, model_hashes, offered_precisions
from engine.progress import Progress
from engine.tracking.crop import crop_straight_ahead
from engine.tracking.crop_coordinates import CUBE_MM
from engine.tracking.detect import FOCAL_PX, Detector
from engine.tracking.estimate import Estimator, Precision
from engine.tracking.generate import DepthGenerator, PoseDecoder
from engine.types import Frame, HandCrop

CASES_FILE: Final = "check.npz"
REFERENCE_DEVICE: Final = "CPU:f32"
CAMERA: Final = Camera(160, 128, FOCAL_PX, FOCAL_PX, 79.5, 63.5, name="self-check")
"""Of the stored depth images; the detector looks through the same."""
PERSPECTIVE: Final = 0.3
"""At which stored latents are drawn: a cube 450 mm away."""
ALLOWED_MM: Final = {"pose": 6.0, "detector": 12.0, "pose decoder": 3.0, "generator": 1.5}
"""The largest difference of a joint, of a hand's centre, of a decoded joint, and the mean one of a
drawn depth map. Reduced precision (bfloat16) stays within a third of it; a wrong device does not.
"""
ALLOWED_MEAN_MM: Final = 1.0
"""Of the poses' joints on average."""
IN_8_BITS: Final = 2.0
"""So many times as much is allowed of poses that a network of 8 bits finds: it is another network,
0.6 mm and at most 2.3 mm from the one of 16 bits (those before: 1.1 and 6.1), and was measured for
itself."""
TIMED_CALLS: Final = 30


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Inputs, and what the networks made of them in float32.

    ``crops`` [N, 128, 128] uint8 (0 is -1, 254 is +1) of cubes ``distance_mm`` [N] away;
    ``frames_mm`` [K, 128, 160] uint16 seen by ``CAMERA``; ``latents`` [M, 29]. ``models`` are the
    hashes of the networks that made the ``outputs``, empty before any did.
    """

    crops: NDArray[np.uint8]
    distance_mm: FloatArray
    frames_mm: NDArray[np.uint16]
    latents: FloatArray
    outputs: Outputs
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What a device made of the inputs of ``Cases``.

    Of each crop ``joints_mm`` [N, 21, 3] in the frame of the crop's camera; of each frame
    ``centres_mm`` [K, 3] of its hand; of each latent the joints ``decoded_mm`` [M, 21, 3] and the
    depth ``drawn`` [M, 128, 128]. ``median_ms`` of one call of the pose network; ``precision`` of
    that network.
    """

    joints_mm: FloatArray
    centres_mm: FloatArray
    decoded_mm: FloatArray
    drawn: FloatArray
    median_ms: float = 0.0
    precision: Precision = Precision.F16


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """How a device did.

    ``device`` as ``--device`` takes it, ``title`` for people; ``median_ms`` of the pose network;
    ``mean_mm`` of the poses' joints and ``worst_mm`` of each network, as in ``ALLOWED_MM``.
    ``reason`` says why it must not be used, empty if it may.
    """

    device: str
    title: str
    median_ms: float = 0.0
    mean_mm: float = 0.0
    worst_mm: Mapping[str, float] | None = None
    reason: str = ""

    @property
    def passed(self) -> bool:
        """Whether it may be used."""
        return not self.reason


Compute = Callable[[Cases, str], Outputs]


def candidates() -> tuple[str, ...]:
    """Every device OpenVINO offers here, with each precision that can be asked of it.

    Raises:
        ModelError: if OpenVINO cannot be loaded.
    """
    names = []
    for device in available_devices():
        names += [device, *(f"{device}:{precision}" for precision in offered_precisions(device))]
    return tuple(names)


def check_devices(
    devices: Sequence[str] | None = None,
    progress: Progress = lambda _done, _total: True,
    *,
    compute: Compute | None = None,
) -> tuple[DeviceReport, ...]:
    """Compare ``devices`` (all that are offered) with the reference, one after another.

    Each takes about a second. ``progress`` is called with the devices done before each, and at the
    end; those checked so far are reported if it asks to stop. ``compute`` stands in for the
    networks in tests.

    Raises:
        ModelError: if the stored inputs or the reference cannot be had.
    """
    compute = compute or run_networks
    cases = with_reference(load_cases(), compute)
    wanted = candidates() if devices is None else tuple(devices)
    reports: list[DeviceReport] = []
    for number, device in enumerate(wanted):
        if not progress(number, len(wanted)):
            break
        reports.append(check_device(cases, device, compute))
    progress(len(reports), len(wanted))
    return tuple(reports)


def check_device(cases: Cases, device: str, compute: Compute | None = None) -> DeviceReport:
    """Compare one device with the reference of ``cases``."""
    title = device_title(device)
    try:
        found = (compute or run_networks)(cases, device)
    except ModelError as error:
        return DeviceReport(device, title, reason=str(error))
    return compared(DeviceReport(device, title, found.median_ms), cases.outputs, found)


def compared(report: DeviceReport, wanted: Outputs, found: Outputs) -> DeviceReport:
    """``report`` with the differences between two devices' outputs, and whether they pass."""
    joints = _distances(wanted.joints_mm, found.joints_mm)
    drawn = 0.5 * CUBE_MM * np.abs(wanted.drawn - found.drawn).mean(axis=(1, 2))
    worst = {
        "pose": _worst(joints),
        "detector": _worst(_distances(wanted.centres_mm, found.centres_mm)),
        "pose decoder": _worst(_distances(wanted.decoded_mm, found.decoded_mm)),
        "generator": _worst(drawn),
    }
    mean = float(joints.mean()) if np.isfinite(joints).all() else float("inf")
    share = IN_8_BITS if found.precision is Precision.INT8 else 1.0
    allowed = ALLOWED_MM | {"pose": share * ALLOWED_MM["pose"]}
    wrong = [name for name, mm in worst.items() if not mm <= allowed[name]]
    if not wrong and not mean <= share * ALLOWED_MEAN_MM:
        wrong = ["pose"]
    return replace(
        report, mean_mm=mean, worst_mm=worst, reason=_why(wrong[0], worst, mean) if wrong else ""
    )


@cache
def require_sound(device: str) -> None:
    """Check a device once for each run of the program, before it is used.

    The CPU in any precision, which everything is developed on, is let through unchecked, and so is
    AUTO, as the choice of whoever asks for it.

    Raises:
        ModelError: if it is wrong, or cannot run the networks.
    """
    if device.partition(":")[0] in ("CPU", "AUTO"):
        return
    (report,) = check_devices((device,))
    if not report.passed:
        raise ModelError(
            f"{device} must not be used: {report.reason}. 'main.py check' compares all devices"
        )


def load_cases(directory: Path | None = None) -> Cases:
    """The stored inputs and outputs.

    Raises:
        ModelError: if the file is missing or damaged.
    """
    path = (directory or asset_path("models")) / CASES_FILE
    try:
        with np.load(path, allow_pickle=False) as file:
            outputs = Outputs(
                file["joints_mm"], file["centres_mm"], file["decoded_mm"], file["drawn"]
            )
            models = tuple(str(file["models"]).split())
            inputs = (file["crops"], file["distance_mm"], file["frames_mm"], file["latents"])
            return Cases(*inputs, outputs, models)
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise ModelError(f"the inputs of the self-check cannot be read: {error!r}") from error


def with_reference(cases: Cases, compute: Compute | None = None) -> Cases:
    """``cases`` with outputs of the networks that are installed.

    Outputs stored for other networks are of no use; then this computer's CPU in float32 is the
    reference.
    """
    models = model_hashes()
    if cases.models == models:
        return cases
    outputs = (compute or run_networks)(cases, REFERENCE_DEVICE)
    return replace(cases, outputs=outputs, models=models)


def run_networks(cases: Cases, device: str, directory: Path | None = None) -> Outputs:
    """Everything a device makes of the inputs, with the networks in ``directory`` (None: shipped).

    Raises:
        ModelError: if it cannot run the networks.
    """
    estimator = Estimator(device=device, directory=directory)
    detector = Detector(device=device, directory=directory)
    crops = [as_crop(*case) for case in zip(cases.crops, cases.distance_mm, strict=True)]
    joints = [estimator(crop)[0].joints_mm for crop in crops]
    frames = [Frame(depth, 0.0, k, CAMERA) for k, depth in enumerate(cases.frames_mm)]
    regions = [detector(frame, 1) for frame in frames]
    missing = np.full(3, np.inf, np.float32)
    centres = [found[0].centre_mm if found else missing for found in regions]
    decoder = PoseDecoder(device=device, directory=directory)
    generator = DepthGenerator(device=device, directory=directory)
    return Outputs(
        np.array(joints),
        np.array(centres),
        np.array([decoder(latent).joints_mm for latent in cases.latents]),
        np.array([generator(latent, PERSPECTIVE) for latent in cases.latents]),
        _median_ms(lambda: estimator(crops[0])),
        estimator.precision,
    )


def as_crop(image: NDArray[np.uint8], distance_mm: float) -> HandCrop:
    """A stored crop, as the estimator takes it; the camera looks straight at its centre."""
    return crop_straight_ahead(image.astype(np.float32) / 127.0 - 1.0, distance_mm)


def _median_ms(call: Callable[[], object]) -> float:
    spent = []
    for _ in range(TIMED_CALLS):
        began_s = time.perf_counter()
        call()
        spent.append(1000.0 * (time.perf_counter() - began_s))
    return float(np.median(spent))


def _distances(wanted: FloatArray, found: FloatArray) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        return np.linalg.norm(np.asarray(wanted, np.float64) - found, axis=-1)


def _worst(errors: NDArray[np.floating]) -> float:
    return float(errors.max()) if np.isfinite(errors).all() else float("inf")


def _why(network: str, worst: Mapping[str, float], mean: float) -> str:
    if not np.isfinite(worst[network]):
        return f"its {network} gives no usable numbers"
    off = f"up to {worst[network]:.1f} mm"
    if network == "pose":
        off = f"{mean:.1f} mm on average and {off}"
    return f"its {network} is off by {off}"
