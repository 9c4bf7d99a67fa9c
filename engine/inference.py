"""OpenVINO behind one small class: load a shipped network, check it, run it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.assets import asset_path
from engine.errors import ModelError
from engine.model_files import check_hashes, checked_record, read_manifest, weights_hash
from engine.network_cache import compiled_folder, seal
from engine.network_check import check_network

_PRECISIONS = {"f32": "float32", "f16": "float16", "bf16": "bfloat16"}


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model's record in ``assets/models/manifest.json``.

    ``path`` of the OpenVINO IR (.xml); ``contract`` states the inputs and outputs it was exported
    with; ``trained`` and ``measured`` say where it comes from and how good it is; ``sha256`` of its
    files; ``made_of`` the same of another model's, from which this one was made, or empty.
    """

    name: str
    path: Path
    contract: str
    trained: dict[str, Any]
    measured: dict[str, Any]
    sha256: dict[str, str]
    made_of: dict[str, str]


def model_entry(
    name: str, *, contract: str, directory: Path | None = None, older: tuple[str, ...] = ()
) -> ModelEntry:
    """The manifest's entry for the model ``name``, its files verified.

    Networks of ``older`` contracts are taken as well; the entry says which contract is kept.

    Raises:
        ModelError: if the manifest or model is missing, damaged (another hash), names files
            elsewhere, or was exported for another version of the program (another ``contract``).
    """
    directory = directory or asset_path("models")
    record = checked_record(directory, name)
    if record["contract"] not in (contract, *older):
        raise ModelError(
            f"model '{name}' was made for {record['contract']!r:.200}, this program needs "
            f"'{contract}'"
        )
    check_hashes(directory, record["sha256"])
    provenance = record["trained"], record["measured"], record["sha256"], record["made_of"]
    return ModelEntry(name, directory / record["file"], record["contract"], *provenance)


def is_listed(name: str, directory: Path | None = None) -> bool:
    """Whether the manifest that can be read has a model ``name``."""
    try:
        return name in read_manifest(directory or asset_path("models"))
    except ModelError:
        return False


@cache
def _core() -> Any:
    try:
        import openvino as ov
    except ImportError as error:
        raise ModelError(f"OpenVINO cannot be loaded: {error}; install requirements.txt") from error
    return ov.Core()


def model_hashes(directory: Path | None = None) -> tuple[str, ...]:
    """The hashes of all networks' weights, in the order of their names.

    Raises:
        ModelError: if the manifest cannot be read.
    """
    directory = directory or asset_path("models")
    return tuple(weights_hash(directory, name) for name in sorted(read_manifest(directory)))


def device_title(device: str) -> str:
    """What a device is called by its maker, or else by its name."""
    try:
        return device_name(device)
    except ModelError:
        return device


def offered_precisions(device: str) -> tuple[str, ...]:
    """Precisions that make a difference on ``device``: "f32" where it would choose less."""
    try:
        found = set(_core().get_property(device, "OPTIMIZATION_CAPABILITIES"))
    except RuntimeError:
        return ()
    return ("f32",) if "FP32" in found and found & {"FP16", "BF16"} else ()


def available_devices() -> tuple[str, ...]:
    """Names of the devices OpenVINO offers on this machine, e.g. ('CPU', 'GPU')."""
    return tuple(_core().available_devices)


def device_name(device: str) -> str:
    """What a device is called by its maker, and the precision that is asked of it.

    Raises:
        ModelError: if OpenVINO cannot be loaded or does not offer the device.
    """
    name, _, precision = device.partition(":")
    try:
        title = str(_core().get_property(name, "FULL_DEVICE_NAME")).strip()
    except RuntimeError as error:
        raise ModelError(f"OpenVINO offers no device {device} here") from error
    return f"{title}, {_PRECISIONS.get(precision.lower(), precision)}" if precision else title


class Network:
    """A compiled network. One thread at a time may call it.

    Where all sizes are fixed it reads and writes buffers that it keeps, which spares OpenVINO's
    binding about a tenth of a call; what a call gives is always a copy.
    """

    def __init__(
        self,
        entry: ModelEntry,
        input_shape: tuple[int, ...] | None = None,
        *,
        device: str = "CPU",
        exact: bool = False,
        threads: int | None = None,
        outputs: Collection[str] | None = None,
    ) -> None:
        """Compile for the only input's ``input_shape``, or for the sizes it was exported with.

        ``device`` may name a precision, as "CPU:f32"; ``exact`` forces float32 (for parity checks).
        ``threads`` of a processor it may use, None: as many as make one frame quickest. Of its
        outputs only ``outputs`` are computed, None: all.

        Raises:
            ModelError: if the model cannot be compiled for this device.
        """
        import openvino as ov

        settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
        device, _, precision = device.partition(":")
        if threads is not None and device == "CPU":
            settings["INFERENCE_NUM_THREADS"] = threads
        if exact or precision:
            settings["INFERENCE_PRECISION_HINT"] = "f32" if exact else precision.lower()
        cached = compiled_folder(device, settings.get("INFERENCE_PRECISION_HINT", "default"))
        if cached is not None:
            settings["CACHE_DIR"] = str(cached)
        try:
            model = _core().read_model(entry.path)
            check_network(entry.name, entry.contract, model)
            if input_shape is not None:
                model.reshape(ov.PartialShape(list(input_shape)))
                check_network(entry.name, entry.contract, model)
            if outputs is not None:
                kept = [port for port in model.outputs if port.get_names() & set(outputs)]
                model = ov.Model(kept, model.get_parameters(), entry.name)
            self._request = _core().compile_model(model, device, settings).create_infer_request()
            if cached is not None:
                seal(cached)
        except (RuntimeError, UnicodeDecodeError) as error:  # the latter: names that are none
            reason = str(error).strip().splitlines()[-1][:200]
            raise ModelError(f"model '{entry.name}' cannot run on {device}: {reason}") from error
        self.entry = entry
        self._outputs = {
            name: index for index, port in enumerate(model.outputs) for name in port.get_names()
        }
        self._buffers = None if model.is_dynamic() else _Buffers(self._request, model)

    def __call__(self, *inputs: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Run on the inputs in the model's order; the outputs by name, copied.

        Raises:
            ModelError: if the device fails.
        """
        buffers = self._buffers
        try:
            if buffers is None:
                self._request.infer(list(inputs), share_inputs=True)
            else:
                buffers.fill(inputs)
                self._request.infer(share_inputs=True, share_outputs=True)
        except (RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[-1][:200]
            raise ModelError(f"model '{self.entry.name}' has failed: {reason}") from error
        if buffers is not None:
            return {name: buffers.outputs[index].copy() for name, index in self._outputs.items()}
        return {
            name: np.array(self._request.get_output_tensor(index).data, dtype=np.float32)
            for name, index in self._outputs.items()
        }


class _Buffers:
    """Arrays that a request reads its inputs from and writes its outputs to."""

    def __init__(self, request: Any, model: Any) -> None:
        import openvino as ov

        self.inputs = [np.zeros(tuple(port.shape), np.float32) for port in model.inputs]
        self.outputs = [np.zeros(tuple(port.shape), np.float32) for port in model.outputs]
        for index, array in enumerate(self.inputs):
            request.set_input_tensor(index, ov.Tensor(array, shared_memory=True))
        for index, array in enumerate(self.outputs):
            request.set_output_tensor(index, ov.Tensor(array, shared_memory=True))

    def fill(self, inputs: tuple[NDArray[np.float32], ...]) -> None:
        """Copy the inputs in.

        Raises:
            ValueError: if one has another shape, or they are not as many.
        """
        for buffer, given in zip(self.inputs, inputs, strict=True):
            if given.shape != buffer.shape:
                raise ValueError(f"an input is {list(given.shape)}, not {list(buffer.shape)}")
            buffer[...] = given
