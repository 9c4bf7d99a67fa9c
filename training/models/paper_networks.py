"""Generator and discriminator of the paper, with the sizes of its authors' code.

Batch normalisation stands between each layer and its non-linearity, but in the layers that give the
results. Crops of one kind (real, drawn from random latents, drawn from labels' latents) share the
statistics of their batch with no other kind: ``sizes`` says how many there are of each in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.tracking.crop_coordinates import CROP_SIZE
from training.models.sizes import shrunk

LEAK: Final = 0.2
SMALLEST: Final = 4
"""Pixels a side of the smallest map."""
WEIGHT_SD: Final = 0.05
ALIGNMENT_SD: Final = 0.02
SCALE_SD: Final = 0.02
"""Standard deviations of the first weights, of Ali's, and of normalisation's scale about 1."""
EMPTY: Final = 0.9
"""Nothing is shown where a drawn depth (half cubes) is larger: a tanh does not reach 1."""
Sizes = Sequence[int] | None


class Alignment(nn.Module):
    """Ali: the VAE's latents to what the generator's tanh makes of noise (paper, section 3.3).

    The codes' spread depends on the VAE; normalised, they meet the generator as widely spread as
    the noise it was trained on.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.layer = nn.Linear(size, size, bias=False)
        self.norm = _norm(nn.BatchNorm1d(size))
        nn.init.normal_(self.layer.weight, std=ALIGNMENT_SD)

    def forward(self, latent: Tensor) -> Tensor:
        """[N, size] to [N, size]."""
        return self.norm(self.layer(latent))


class PaperGenerator(nn.Module):
    """Latents [N, size] to images [N, 1, H, H] in [-1, 1]; does not know the perspective.

    What is drawn has ``resolution`` pixels a side: a layer less for each halving.
    """

    def __init__(self, size: int, channels: int = 32, resolution: int = CROP_SIZE) -> None:
        super().__init__()
        self.channels = channels
        self.first = nn.Linear(size, channels * SMALLEST**2, bias=False)
        self.first_norm = _norm(nn.BatchNorm1d(channels * SMALLEST**2))
        count = resolution.bit_length() - SMALLEST.bit_length() - 1
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(channels, channels, 6, 2, 2, bias=False) for _ in range(count)
        )
        self.up_norm = nn.ModuleList(_norm(nn.BatchNorm2d(channels)) for _ in range(count))
        self.last = nn.ConvTranspose2d(channels, 1, 6, 2, 2)
        self.apply(_start)
        # After the others, whose first weights are wider.
        self.align = Alignment(size)
        with torch.no_grad():
            assert self.last.bias is not None
            self.last.bias.fill_(0.8)

    def forward(
        self, latent: Tensor, perspective: Tensor, *, aligned: bool = False, sizes: Sizes = None
    ) -> Tensor:
        """See the class; an ``aligned`` latent needs no Ali."""
        if sizes is not None:
            return torch.cat([self._drawn(part, aligned) for part in latent.split(list(sizes))])
        return self._drawn(latent, aligned)

    def _drawn(self, latent: Tensor, aligned: bool) -> Tensor:
        """Crops of one kind."""
        x = torch.tanh(latent if aligned else self.align(latent))
        x = functional.relu(self.first_norm(self.first(x)))
        x = x.unflatten(1, (self.channels, SMALLEST, SMALLEST))
        for layer, norm in zip(self.up, self.up_norm, strict=True):
            x = functional.relu(norm(layer(x)), inplace=True)
        return torch.tanh(self.last(x))

    def hard_outline(self, latent: Tensor, perspective: Tensor) -> Tensor:
        """The same with nothing where next to nothing is drawn."""
        depth = self(latent, perspective)
        return torch.where(depth < EMPTY, depth, 1.0)

    def alignment_parameters(self) -> Iterator[nn.Parameter]:
        """Those that the alignment trains."""
        return self.align.parameters()


class PaperOutput:
    """What the paper's discriminator says of crops, as ``DiscriminatorOutput`` has it.

    Each head computes when it is first asked for, in the mode that the network has then: no loss
    pays for a head of another one.
    """

    joints: None = None
    heat: None = None
    log_sd: None = None

    def __init__(self, network: PaperDiscriminator, low: Sequence[Tensor]) -> None:
        """``low``: the maps of each kind of crops."""
        self._network, self._low = network, low

    @cached_property
    def features(self) -> Tensor:
        """[N, F] of the last convolution."""
        return self._of_each(self._network.high)

    @cached_property
    def real(self) -> Tensor:
        """Logits [N]."""
        return self._network.real(self.features)[:, 0]

    @cached_property
    def latent(self) -> Tensor:
        """The posterior's mean [N, size]."""
        return self._of_each(self._network.posterior)

    @cached_property
    def embedding(self) -> Tensor:
        """[N, size]."""
        return self._of_each(self._network.metric)

    def split(self, sizes: Sequence[int]) -> list[PaperOutput]:
        """The same of each kind of crops, of which there are ``sizes``."""
        low = self._low if len(self._low) > 1 else self._low[0].split(list(sizes))
        return [PaperOutput(self._network, [part]) for part in low]

    def _of_each(self, head: nn.Module) -> Tensor:
        return torch.cat([head(part) for part in self._low])


class PaperDiscriminator(nn.Module):
    """Five 6x6 convolutions; posterior and metric heads branch off behind the second.

    It sees crops with ``resolution`` pixels a side: a convolution less for each halving.
    """

    def __init__(self, size: int, channels: int = 32, resolution: int = CROP_SIZE) -> None:
        super().__init__()
        self.resolution = resolution
        depth = resolution.bit_length() - SMALLEST.bit_length() - 2
        flat = channels * SMALLEST**2
        self.low = _Convolutions(1, channels, 2)
        self.high = _Convolutions(channels, channels, depth)
        self.real = nn.Linear(flat, 1)
        self.posterior = _Head(channels, depth, flat, size, size)
        self.metric = _Head(channels, depth, flat, 512, size)
        self.apply(_start)

    def forward(self, image: Tensor, perspective: Tensor, sizes: Sizes = None) -> PaperOutput:
        """Images [N, 1, H, H], H at least the resolution, to what is seen in them."""
        image = shrunk(image, self.resolution)
        parts = [image] if sizes is None else image.split(list(sizes))
        return PaperOutput(self, [self.low.maps(part) for part in parts])

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """Those of posterior and metric."""
        yield from self.posterior.parameters()
        yield from self.metric.parameters()


class _Convolutions(nn.Module):
    """Convolutions that halve the side, each normalised and leaky."""

    def __init__(self, inputs: int, channels: int, count: int) -> None:
        super().__init__()
        widths = [inputs] + [channels] * (count - 1)
        self.layers = nn.ModuleList(nn.Conv2d(w, channels, 6, 2, 2, bias=False) for w in widths)
        self.norms = nn.ModuleList(_norm(nn.BatchNorm2d(channels)) for _ in widths)

    def maps(self, x: Tensor) -> Tensor:
        """[N, inputs, H, H] to [N, channels, h, h]."""
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = functional.leaky_relu(norm(layer(x)), LEAK, inplace=True)
        return x

    def forward(self, x: Tensor) -> Tensor:
        """As ``maps``, in a row [N, channels * h * h]."""
        return self.maps(x).flatten(1)


class _Head(nn.Module):
    """Convolutions and two linear layers, the first normalised and leaky."""

    def __init__(self, channels: int, depth: int, flat: int, hidden: int, size: int) -> None:
        super().__init__()
        self.convolutions = _Convolutions(channels, channels, depth)
        self.hidden = nn.Linear(flat, hidden, bias=False)
        self.norm = _norm(nn.BatchNorm1d(hidden))
        self.last = nn.Linear(hidden, size)

    def forward(self, low: Tensor) -> Tensor:
        """[N, channels, h, h] to [N, size]."""
        x = self.norm(self.hidden(self.convolutions(low)))
        return self.last(functional.leaky_relu(x, LEAK))


def _norm(norm: nn.Module) -> nn.Module:
    norm.eps = 1e-4
    nn.init.normal_(norm.weight, mean=1.0, std=SCALE_SD)
    return norm


def _start(module: nn.Module) -> None:
    """First weights of convolutions and linear layers."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, std=WEIGHT_SD)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
