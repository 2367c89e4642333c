"""Stand-ins for a model that are quick on whole pages: they go through everything but the network."""

import cv2
import numpy as np
import pytest

from docclean.engine import session
from docclean.engine.backends import FloatArray

PAPER_FROM = 0.7


class IdleBackend:
    """Gives every tile back as it is."""

    def context(self, overview: FloatArray) -> FloatArray:
        return overview[:, :7]

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        return tile[0]


class WhiteningBackend(IdleBackend):
    """Makes light paper white and takes away dark specks thinner than three pixels; sees two pixels far."""

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        closed = np.stack([cv2.morphologyEx(plane, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) for plane in tile[0]])
        return np.where(closed > PAPER_FROM, np.float32(1.0), closed).astype(np.float32)


def use_backend(monkeypatch: pytest.MonkeyPatch, backend: IdleBackend) -> None:
    """Let every model be this one."""
    monkeypatch.setattr(session, "load_backend", lambda entry, device, **options: backend)
