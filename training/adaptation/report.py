"""The report of an adaptation: one HTML file with its pictures in it, and the figures as JSON."""

from __future__ import annotations

import base64
import html
import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.output import write_text
from engine.pictures.palette import BONE_RGB
from engine.skeleton import BONES, FINGERS
from engine.tracking.crop_coordinates import camera_to_uvd
from engine.tracking.reconstruction import OUTLINE
from training.adaptation.held_out import HeldOutResults, ShownHand
from training.adaptation.proof import Measure, Proof

REPORT_FILE: Final = "report.html"
FIGURES_FILE: Final = "report.json"
TILE_PX: Final = 256
AVERAGE_MM: Final = 192.0
"""Length of the mean hand of ``engine.simulation``, measured alike."""
Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Adapted:
    """What was adapted: ``recordings`` by name; hands learned from, optimiser ``steps``, minutes
    of learning; the ``cube_size`` that suits the person as a share of the usual cube's and the
    ``hand_length_mm`` from the wrist to the middle finger's tip along the bones; the
    ``share`` of the way from the weights of before that was gone; the person's ``bones_mm`` [20],
    order of ``skeleton.BONES``."""

    recordings: tuple[str, ...]
    hands: int
    steps: int
    minutes: float
    cube_size: float
    hand_length_mm: float
    share: float
    bones_mm: tuple[float, ...]
    int8_left_out: str = ""


def write_report(
    folder: Path, adapted: Adapted, proof: Proof, before: HeldOutResults, after: HeldOutResults
) -> None:
    """Write ``report.html`` and ``report.json`` into ``folder``.

    Raises:
        ExportError: if they cannot be written.
    """
    write_text(folder / FIGURES_FILE, json.dumps(_plain(adapted, proof), indent=1) + "\n")
    write_text(folder / REPORT_FILE, _page(adapted, proof, before, after))


def _plain(adapted: Adapted, proof: Proof) -> dict[str, Any]:
    fields = {"kept": proof.kept, **asdict(adapted), **asdict(proof)}
    for measure in fields["measures"]:
        measure |= {k: None for k in ("before", "after") if not np.isfinite(measure[k])}
    return fields


def verdict(proof: Proof) -> str:
    """The outcome in one sentence."""
    if proof.kept:
        return (
            f"The adapted networks are better on held-out frames (by {proof.gain:.0%} on average) "
            "and are kept."
        )
    return "The adapted networks are not kept: " + "; ".join(proof.reasons) + "."


def _page(adapted: Adapted, proof: Proof, before: HeldOutResults, after: HeldOutResults) -> str:
    shared = [k for k in before.shown if k in after.shown]
    pictures = "".join(
        f'<figure><img alt="before" src="{_data(_tile(before.shown[k]))}">'
        f'<img alt="after" src="{_data(_tile(after.shown[k]))}">'
        f"<figcaption>Frame {k + 1} of the held-out part. Each picture: depth with the joints, "
        "and the hand redrawn from its latent; left before, right after.</figcaption></figure>"
        for k in shared
    )
    names = ", ".join(html.escape(name) for name in adapted.recordings)
    facts = (
        f"<p>Learned from {adapted.hands} hands of {names} in {adapted.minutes:.0f} minutes "
        f"({adapted.steps} steps). The hand is {adapted.hand_length_mm:.0f} mm long from the wrist "
        "to the tip of the middle finger along the bones, "
        f"{adapted.hand_length_mm / AVERAGE_MM:.2f} times as long as the average one. The networks "
        f"went {adapted.share:.0%} of the way from those before to what was learned, as far as "
        "synthetic hands are not forgotten.</p>"
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Adaptation</title>'
        f"<style>{_STYLE}</style><h1>Adaptation</h1>"
        f"<p><b>{html.escape(verdict(proof))}</b></p>{facts}"
        f"<h2>Proof</h2><p>Measured on {proof.frames} frames at the end of the recordings, from "
        "which nothing was learned. Lower is better.</p>"
        f"<table><tr><th>measure</th><th>before</th><th>after</th><th>change</th><th>how</th></tr>"
        f"{''.join(_rows(proof))}</table>"
        f"<p>All but the jitter are together better in {proof.sure:.0%} of resampled held-out "
        "parts.</p>"
        f"<h2>Bones</h2>{_bones(adapted.bones_mm)}<h2>Pictures</h2>{pictures}</html>\n"
    )


_STYLE: Final = (
    "body{font:15px sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.3em .6em;"
    "text-align:left;vertical-align:top}figure{margin:1em 0}img{width:47%;margin-right:1%}"
    "figcaption{color:#555}"
)


def _rows(proof: Proof) -> Iterable[str]:
    first, then = proof.synthetic
    others = (
        Measure(
            "frames lost",
            "share of the held-out frames without a hand",
            "%",
            *(100.0 * share for share in proof.lost),
        ),
        Measure(
            "hands beside the hand",
            "share of the held-out frames in which a hand is reported far from the followed one, "
            "which may be there or not",
            "%",
            *(100.0 * share for share in proof.beside),
        ),
        Measure(
            "false hands",
            "share of synthetic scenes without a hand in which one is reported",
            "%",
            100.0 * first.false_hands,
            100.0 * then.false_hands,
        ),
        Measure(
            "error on synthetic hands",
            "mean distance of the joints from the truth on "
            "crops of training's kind that no network has seen",
            "mm",
            first.error_mm,
            then.error_mm,
        ),
        Measure(
            "wrong class on synthetic crops",
            "share of crops whose class (right hand, left hand, none) is wrong",
            "%",
            100.0 * (1.0 - first.class_accuracy),
            100.0 * (1.0 - then.class_accuracy),
        ),
    )
    for each in (*proof.measures, *others):
        known = np.isfinite(each.before) and np.isfinite(each.after)
        change = f"{each.after / each.before - 1.0:+.1%}" if known and each.before else ""
        cells = (each.name, _number(each.before, each.unit), _number(each.after, each.unit))
        row = "".join(f"<td>{html.escape(cell)}</td>" for cell in (*cells, change, each.how))
        yield f"<tr>{row}</tr>"


def _bones(lengths_mm: tuple[float, ...]) -> str:
    """The person's bones in mm, a finger a row."""
    heads = "".join(f"<th>{part}</th>" for part in ("", "to the base", "first", "second", "third"))
    rows = "".join(
        f"<tr><th>{finger}</th>"
        + "".join(f"<td>{length:.0f}</td>" for length in lengths_mm[4 * k : 4 * k + 4])
        + "</tr>"
        for k, finger in enumerate(FINGERS)
    )
    return (
        "<p>Lengths in mm between the joints, from the wrist on. Where the profile is used, hands "
        f"have them.</p><table><tr>{heads}</tr>{rows}</table>"
    )


def _number(value: float, unit: str) -> str:
    return f"{value:.1f} {unit}" if np.isfinite(value) else "not measured"


def _tile(hand: ShownHand) -> Picture:
    """Depth with the joints over it, and what was redrawn beside it [256, 512, 3]."""
    observed = _grey(hand.crop.image)
    pen = ImageDraw.Draw(observed)
    uv = (camera_to_uvd(hand.crop, hand.joints_mm)[:, :2] + 1.0) * (TILE_PX / 2)
    for number, (a, b) in enumerate(BONES):
        pen.line([*uv[a].tolist(), *uv[b].tolist()], fill=BONE_RGB[number], width=3)
    return np.concatenate([np.asarray(observed), np.asarray(_grey(hand.redrawn))], axis=1)


def _grey(image: NDArray[np.float32]) -> Image.Image:
    """A crop's depth, near bright, nothing black."""
    shade = np.where(image < OUTLINE, 235.0 - 95.0 * (image + 1.0), 12.0)
    picture = Image.fromarray(np.clip(shade, 0, 255).astype(np.uint8)).convert("RGB")
    return picture.resize((TILE_PX, TILE_PX), Image.Resampling.NEAREST)


def _data(picture: Picture) -> str:
    """A picture as an address that holds it."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
