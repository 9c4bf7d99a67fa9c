"""Latents as text: what is pasted is what was copied, and junk is told as junk."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InvalidInputError
from engine.latent.space import LatentSpace
from engine.latent.text import from_text, to_text


def test_numbers_are_short(space: LatentSpace) -> None:
    latent = space.neutral()
    latent[:3] = (0.1, -2.5, 0.0)
    assert to_text(latent).startswith("0.1,-2.5,0.0,")


@pytest.mark.parametrize("form", ["[{}]", " {}\n", "[\n {} ]"])
def test_what_other_programs_copy_is_read_too(form: str, space: LatentSpace) -> None:
    latent = space.neutral()
    for separator in (", ", " ", "\n", " ; ", "\t"):
        text = form.format(to_text(latent).replace(",", separator))
        np.testing.assert_array_equal(from_text(text), latent)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "the text has 0"),
        ("1,2,3", "the text has 3"),
        (",".join(["1"] * 30), "the text has 30"),
        (",".join(["1"] * 29) + ",", "the text has 30"),
        (",".join(["1"] * 4 + ["nan"] + ["1"] * 24), "number 5 of the latent must be finite"),
        (",".join(["1"] * 28 + ["-inf"]), "number 29 of the latent must be finite"),
        (",".join(["1e39"] + ["1"] * 28), "number 1 of the latent must be finite"),
        (",".join(["1"] * 28 + ["one"]), "number 29 of the latent, 'one', is none"),
        (",".join(["1"] * 28 + ["x" * 100]), "number 29"),
        (",".join(["0"] * 29), "must tell a rotation"),
        ("hello", "the text has 1"),
        ("1," * 100_000, "far too long"),
    ],
)
def test_junk_is_told_in_words(text: str, part: str) -> None:
    with pytest.raises(InvalidInputError, match=part) as raised:
        from_text(text)
    assert len(str(raised.value)) < 120
