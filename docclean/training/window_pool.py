"""Windows of pages in the memory of the device that trains, to draw minibatches from."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from docclean.imaging.overview import CELL
from docclean.training.page_windows import PARTS, SEEN, SIDE, PageWindow


@dataclass(frozen=True, slots=True)
class Views:
    """A minibatch of N windows with P parts of each.

    Attributes:
        overview: (N, 9, SEEN, SEEN), 0..1.
        sheet: (N, 3, SEEN, SEEN), 0..1.
        is_known: (N, 1, SEEN, SEEN), 0 or 1: where the sheet is known.
        opacity: (N, 1, SEEN, SEEN), 0..1.
        corners: (N, P, 2): row and column of each part, cells.
        tiles: (N P, C, SIDE, SIDE), 0..1: the parts, those of the first window first.
    """

    overview: Tensor
    sheet: Tensor
    is_known: Tensor
    opacity: Tensor
    corners: Tensor
    tiles: Tensor

    def below(self, maps: Tensor) -> Tensor:
        """The part of maps that lies under each part: (N, K, SEEN, SEEN) -> (N P, K, SIDE / 8, SIDE / 8)."""
        count = len(self.corners)
        steps = torch.arange(SIDE // CELL, device=maps.device)
        rows = self.corners[:, :, 0, None] + steps  # (N, P, SIDE / 8)
        columns = self.corners[:, :, 1, None] + steps
        which = torch.arange(count, device=maps.device)[:, None, None, None]
        cut = maps.permute(0, 2, 3, 1)[which, rows[:, :, :, None], columns[:, :, None, :]]
        return cut.flatten(0, 1).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


class WindowPool:
    """Windows by number, the last `capacity` of those that were added.

    Args:
        capacity: How many windows are kept; each takes 2 or 3 MB.
        channels: Of their parts.
        device: Where they lie.
    """

    def __init__(self, capacity: int, channels: int, device: torch.device) -> None:
        def planes(*shape: int, kind: torch.dtype = torch.uint8) -> Tensor:
            return torch.empty((capacity, *shape), dtype=kind, device=device)

        self._overview = planes(9, SEEN, SEEN, kind=torch.float16)
        self._targets = planes(5, SEEN, SEEN)
        self._corners = planes(PARTS, 2, kind=torch.int64)
        self._parts = planes(PARTS, channels, SIDE, SIDE)
        self._capacity, self._device = capacity, device
        self.added = 0

    def __len__(self) -> int:
        return min(self.added, self._capacity)

    def add(self, window: PageWindow) -> None:
        """Keep a window, in place of the oldest one where there is no more room."""
        place = self.added % self._capacity
        targets = np.concatenate([window.sheet, 255 * window.is_known[None].astype(np.uint8), window.opacity[None]])
        kept = (self._overview, self._targets, self._corners, self._parts)
        for whole, plane in zip(kept, (window.overview, targets, window.corners, window.parts), strict=True):
            whole[place].copy_(torch.from_numpy(np.ascontiguousarray(plane)))
        self.added += 1

    def draw(self, count: int, parts: int, rng: np.random.Generator) -> Views:
        """Draw windows with some of their parts; all are turned the same way, each has its colors exchanged.

        Args:
            count: Number of windows.
            parts: Number of parts of each, at most `PARTS`.
            rng: Source of randomness.

        Raises:
            ValueError: The pool is empty.
        """
        chosen = torch.from_numpy(rng.integers(0, len(self), count)).to(self._device)
        which = torch.from_numpy(np.stack([rng.permutation(PARTS)[:parts] for _ in range(count)])).to(self._device)
        order = torch.from_numpy(np.stack([rng.permutation(3) for _ in range(count)])).to(self._device)
        flips = [axis for axis in (2, 3) if rng.random() < 0.5]
        is_turned = bool(rng.random() < 0.5)
        every = torch.arange(count, device=self._device)[:, None]
        orders = torch.cat([order, 3 + order, 6 + order], dim=1)  # (N, 9)
        overview = _turned(self._overview[chosen][every, orders], flips, is_turned=is_turned)
        targets = self._targets[chosen]
        sheet = _turned(targets[:, :3][every, order], flips, is_turned=is_turned)
        rest = _turned(targets[:, 3:], flips, is_turned=is_turned).float()
        corners = self._corners[chosen][every, which]  # (N, P, 2)
        for axis in flips:
            corners[..., axis - 2] = SEEN - SIDE // CELL - corners[..., axis - 2]
        tiles = self._parts[chosen][every, which].flatten(0, 1)
        channels = tiles.shape[1]
        colors = [order, 3 + order] + ([torch.full_like(order[:, :1], 6), 7 + order] if channels > 6 else [])
        mixed = torch.cat(colors, dim=1).repeat_interleave(parts, dim=0)  # (N P, C)
        tiles = tiles[torch.arange(len(tiles), device=self._device)[:, None], mixed]
        return Views(
            (overview.float() / 255.0).contiguous(memory_format=torch.channels_last),
            sheet.float() / 255.0,
            (rest[:, :1] > 0).float(),
            rest[:, 1:] / 255.0,
            corners.flip(2) if is_turned else corners,
            (_turned(tiles, flips, is_turned=is_turned).float() / 255.0).contiguous(memory_format=torch.channels_last),
        )


def _turned(planes: Tensor, flips: list[int], *, is_turned: bool) -> Tensor:
    """Flip (N, C, H, W) along some axes, then exchange rows and columns."""
    flipped = planes.flip(flips) if flips else planes
    return flipped.transpose(2, 3) if is_turned else flipped
