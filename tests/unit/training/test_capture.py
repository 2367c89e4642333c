import numpy as np
import pytest

from docclean.training import capture


def test_copier_border_lies_along_every_edge_of_a_page() -> None:
    edges = set()
    for seed in range(40):
        page = capture.copier_border(np.ones((120, 90, 3), np.float32), np.random.default_rng(seed))
        assert page.shape == (120, 90, 3)
        rims = {"left": page[:, 0], "right": page[:, -1], "top": page[0], "bottom": page[-1]}
        edges |= {name for name, rim in rims.items() if float(rim.mean()) < 0.8}
    assert edges == {"left", "right", "top", "bottom"}


def test_page_is_punched_like_for_a_binder() -> None:
    """Two or four holes of 6 mm, 80 mm apart, 12 mm from an edge (ISO 838)."""
    clean = np.full((1754, 1240, 3), 255, np.uint8)
    found = 0
    for seed in range(12):
        page = capture.punch_hole(np.ones(clean.shape, np.float32), clean, np.random.default_rng(seed))
        columns = np.flatnonzero((page < 0.8).any(axis=(0, 2)))
        if len(columns) and (page[:, :, 0] < 0.8).sum() > 500:  # not the one that has a shaded rim only
            found += 1
            from_edge = min(float(columns.mean()), 1240 - float(columns.mean())) / 1240 * 210
            assert 9 < from_edge < 15
            assert 4.5 < np.ptp(columns) / 1240 * 210 < 8
    assert found >= 4


def test_punch_leaves_ink_alone() -> None:
    clean = np.zeros((90, 90, 3), np.uint8)
    page = np.zeros(clean.shape, np.float32)
    assert np.array_equal(capture.punch_hole(page, clean, np.random.default_rng(0)), page)


def test_pale_line_that_a_fax_shows_is_in_the_truth_and_pale_paper_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "specks", lambda x, rng: x)  # toner is dark too
    clean = np.full((90, 90, 3), 255, np.uint8)
    clean[20:23, 5:85] = 140
    clean[40:80, 5:85] = 215
    shown = 0
    for seed in range(60):
        dirty, truth = (page[:, :, 0] for page in capture.fax(clean, np.random.default_rng(seed)))
        share = float((dirty[20:23, 10:80] == 0).mean())
        if share > 0.1:
            shown += share < 0.9
            assert (truth[20:23, 10:80] == 0).mean() > 0.95
        assert (truth[50:70, 20:70] == 255).all()
    assert shown > 3
