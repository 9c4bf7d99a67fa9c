"""Of a run the averages that validation likes best are kept, and it ends where they stay behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.train.test_loop import make_loop, network
from training.learning.best import BEST, BestAverages
from training.learning.checkpoint import load_tensors, restore_module

ErrorOf = Callable[[Sequence[nn.Module]], float]


def replayed(errors: Sequence[float]) -> tuple[ErrorOf, list[nn.Module]]:
    """What a validation finds in turn, and the networks that it was shown."""
    left, shown = list(errors), []

    def error_of(averages: Sequence[nn.Module]) -> float:
        other = network()
        other.load_state_dict(averages[0].state_dict())
        shown.append(other)
        return left.pop(0)

    return error_of, shown


def kept(run: Path) -> nn.Module:
    tensors, _ = load_tensors(run / BEST)
    found = network()
    restore_module(found, tensors, "average.", run)
    return found


def same(a: nn.Module, b: nn.Module) -> bool:
    pairs = zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    return all(torch.equal(one, other) for one, other in pairs)


def test_the_best_networks_are_kept_to_the_end(tmp_path: Path) -> None:
    error_of, shown = replayed([9.0, 5.0, 4.0, 6.0, float("nan")])
    best = BestAverages(tmp_path, error_of, every=3)
    loop = make_loop(tmp_path, 10)
    best.train(loop)
    assert best.curve == {0: 9.0, 3: 5.0, 6: 4.0, 9: 6.0, 10: float("inf")}
    assert (best.step, loop.step) == (6, 10)
    assert same(kept(tmp_path), shown[2])
    assert not same(kept(tmp_path), shown[3])


def test_what_is_not_trained_yet_is_not_measured(tmp_path: Path) -> None:
    error_of, _ = replayed([9.0, 5.0])
    best = BestAverages(tmp_path, error_of, every=3, trained=False)
    best.train(make_loop(tmp_path, 6))
    assert best.curve == {3: 9.0, 6: 5.0}


def test_a_run_ends_when_its_patience_does(tmp_path: Path) -> None:
    error_of, _ = replayed([9.0, 5.0, 6.0, 5.0])
    best = BestAverages(tmp_path, error_of, every=3, patience=2)
    loop = make_loop(tmp_path, 100)
    best.train(loop)
    assert (best.step, loop.step) == (3, 9)
    # Gone on with, it is measured no more and stays where it ended.
    again = BestAverages(tmp_path, error_of, every=3, patience=2)
    loop = make_loop(tmp_path, 100)
    loop.resume()
    again.train(loop)
    assert (again.curve, loop.step) == (best.curve, 9)


def test_a_run_that_was_broken_off_measures_at_the_same_steps(tmp_path: Path) -> None:
    whole, _ = replayed([9.0, 5.0, 4.0, 6.0])
    first = BestAverages(tmp_path / "whole", whole, every=4)
    first.train(make_loop(tmp_path / "whole", 12))
    error_of, _ = replayed([9.0, 5.0, 4.0, 6.0])
    loop = make_loop(tmp_path / "halves", 12)
    with pytest.raises(KeyboardInterrupt):
        broken = BestAverages(tmp_path / "halves", interrupted(error_of, 2), every=4)
        broken.train(loop)
    loop = make_loop(tmp_path / "halves", 12)
    loop.resume()
    second = BestAverages(tmp_path / "halves", error_of, every=4)
    second.train(loop)
    assert second.curve == first.curve
    assert same(kept(tmp_path / "halves"), kept(tmp_path / "whole"))


def interrupted(error_of: ErrorOf, after: int) -> ErrorOf:
    """``error_of`` until it was asked so often."""
    asked = 0

    def until(averages: Sequence[nn.Module]) -> float:
        nonlocal asked
        asked += 1
        if asked > after:
            raise KeyboardInterrupt
        return error_of(averages)

    return until
