"""Stand-ins for a model that are quick on whole pages: they go through everything but the network."""

import cv2
import numpy as np
import pytest

from docclean.engine import session, stages
from docclean.engine.backends import FloatArray

PAPER_FROM = 0.7
_NEIGHBORS = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.uint8)


class IdleBackend:
    """Gives every tile back as it is."""

    def context(self, overview: FloatArray) -> FloatArray:
        return overview[:, :7]

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        same: FloatArray = tile[0]
        return same


class InvertingBackend(IdleBackend):
    """Leaves nothing as it is but white paper."""

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        inverted: FloatArray = np.float32(1.0) - tile[0]
        return inverted


class SpeckBackend(IdleBackend):
    """Makes light paper white and takes away dark pixels that stand alone; sees one pixel far."""

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        bright = np.where(tile[0] > PAPER_FROM, np.float32(1.0), tile[0])
        around = np.stack([cv2.erode(plane, _NEIGHBORS) for plane in bright])
        return np.where(around == 1.0, np.float32(1.0), bright)


def use_backend(monkeypatch: pytest.MonkeyPatch, backend: IdleBackend) -> None:
    """Let every model be this one, and see every page, those too that were drawn."""
    monkeypatch.setattr(stages, "is_spotless", lambda _pixels: False)
    monkeypatch.setattr(session, "load_model", lambda entry, device, **options: backend)
