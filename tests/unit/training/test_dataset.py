from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from docclean.core.errors import TrainingError
from docclean.training import dataset
from docclean.training.corpus import Corpus
from docclean.training.dataset import PairStream, Shares, WatermarkStream, doubled
from docclean.training.dataset import pale as made_pale
from docclean.training.degrade import Degraded
from docclean.training.real_pairs import RealPairs
from tests.helpers.corpus import SIDE, corpus_of, names, page_pixels

REAL_COLOR = (20, 200, 40)


@pytest.fixture(autouse=True)
def small_context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "CONTEXT", SIDE)


def plain(color: tuple[int, int, int], side: int = SIDE + 8) -> NDArray[np.uint8]:
    return np.full((side, side, 3), color, np.uint8)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Reddish pages to learn from, bluish ones held out, each with a photo."""
    held_out, learned = names(held_out=True, suffix=".png"), names(held_out=False, suffix=".png")
    documents = {next(learned): plain((250, 100 + n, 100)) for n in range(3)}
    documents |= {next(held_out): plain((100, 100 + n, 250)) for n in range(3)}
    photos = (next(learned), next(held_out))
    documents |= {photos[0]: plain((90, 0, 0)), photos[1]: plain((0, 0, 90))}
    return corpus_of(tmp_path / "corpus", documents, photos=photos)


@pytest.fixture
def real() -> RealPairs:
    clean = np.full((90, 80, 3), 255, np.uint8)
    return RealPairs(((plain(REAL_COLOR, 90)[:, :80], clean),))


def test_stained_share_is_kept(corpus: Corpus) -> None:
    def stains(share: float) -> int:
        stream = PairStream(corpus, None, seed=0, shares=Shares(identity=0.0, dark=0.0, stained=share))
        return sum(stream[number].kinds.count("ring") for number in range(40))

    assert stains(1.0) > stains(0.5) > stains(0.0)


def test_pair_depends_on_its_number_alone(corpus: Corpus, real: RealPairs) -> None:
    stream = PairStream(corpus, real, seed=4, shares=Shares(real=0.2))
    forward = [stream[n] for n in range(40)]
    other = PairStream(corpus, real, seed=4, shares=Shares(real=0.2))
    for number in reversed(range(40)):
        assert np.array_equal(other[number].dirty, forward[number].dirty)
        assert np.array_equal(other[number].clean, forward[number].clean)
    assert len({pair.dirty.tobytes() for pair in forward}) >= 32  # the real page and blank ones may come twice


def test_streams_with_other_seeds_differ(corpus: Corpus) -> None:
    one, two = (PairStream(corpus, None, seed=seed) for seed in (1, 2))
    assert sum(np.array_equal(one[n].dirty, two[n].dirty) for n in range(20)) <= 2


def test_pair_has_the_size_of_a_context(corpus: Corpus, real: RealPairs) -> None:
    stream = PairStream(corpus, real, seed=1, shares=Shares(real=0.4))
    for number in range(40):
        for pixels in (stream[number].dirty, stream[number].clean):
            assert pixels.shape == (SIDE, SIDE, 3)
            assert pixels.dtype == np.uint8
            assert pixels.flags.c_contiguous


def photo_or_page(
    page: NDArray[np.uint8], rng: np.random.Generator, *, photo: NDArray[np.uint8] | None
) -> NDArray[np.uint8]:
    return page if photo is None else photo


@pytest.mark.parametrize("validation", [False, True])
def test_learned_and_held_out_pairs_come_from_other_documents(
    validation: bool, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "add_marks", photo_or_page)
    stream = PairStream(corpus, None, seed=0, validation=validation, shares=Shares(identity=1.0, dark=0.0))
    seen = {tuple(int(v) for v in color) for n in range(200) for color in np.unique(stream[n].clean[:, 0], axis=0)}
    learned = {(250, 100 + n, 100) for n in range(3)} | {(90, 0, 0)}
    held_out = {(100, 100 + n, 250) for n in range(3)} | {(0, 0, 90)}
    assert seen >= (held_out if validation else learned)
    own, other = (2, 0) if validation else (0, 2)
    assert all(color[own] > color[other] for color in seen - {(255, 255, 255)})  # pale ones among them


def test_identity_pairs_are_clean_twice(corpus: Corpus) -> None:
    stream = PairStream(corpus, None, seed=0, shares=Shares(identity=1.0))
    assert all(np.array_equal(stream[n].dirty, stream[n].clean) for n in range(20))


def is_real(pixels: NDArray[np.uint8]) -> bool:
    return bool(np.abs(np.median(pixels, axis=(0, 1)) - REAL_COLOR).max() <= 1)


def test_shares_are_about_those_asked_for(corpus: Corpus, real: RealPairs) -> None:
    stream = PairStream(corpus, real, seed=0, shares=Shares(real=0.15, identity=0.12, dark=0.05))
    pairs = [stream[n] for n in range(400)]
    found = np.mean([is_real(p.dirty) for p in pairs])
    same = np.mean([np.array_equal(p.dirty, p.clean) for p in pairs])
    assert 0.10 < found < 0.20
    assert 0.06 < same < 0.16
    assert np.mean([(p.clean == 255).all() and not is_real(p.dirty) for p in pairs]) < 0.06


def test_without_real_pairs_there_are_none(corpus: Corpus) -> None:
    stream = PairStream(corpus, None, seed=0, shares=Shares(real=1.0))
    assert not any(is_real(stream[n].dirty) for n in range(20))


@pytest.mark.parametrize("shape", [(20, 30), (SIDE, SIDE), (200, 40), (1, 1), (50, 300)])
def test_real_page_of_any_size_fills_the_context(shape: tuple[int, int], corpus: Corpus) -> None:
    clean = page_pixels(*shape)
    real = RealPairs(((255 - clean, clean),))
    stream = PairStream(corpus, real, seed=0, shares=Shares(real=1.0))
    for number in range(30):
        pair = stream[number]
        assert pair.dirty.shape == pair.clean.shape == (SIDE, SIDE, 3)
        assert np.abs(255 - pair.dirty.astype(int) - pair.clean).max() <= 1  # both cut, scaled and turned alike


@pytest.mark.parametrize("validation", [False, True])
def test_corpus_without_one_part_is_refused(validation: bool, tmp_path: Path) -> None:
    name = next(names(held_out=not validation, suffix=".png"))
    corpus = corpus_of(tmp_path / "corpus", {name: plain((250, 100, 100))})
    PairStream(corpus, None, seed=0, validation=not validation)
    with pytest.raises(TrainingError, match="add documents"):
        PairStream(corpus, None, seed=0, validation=validation)


@pytest.mark.parametrize("seed", range(6))
def test_pale_page_keeps_all_its_ink(seed: int) -> None:
    page = page_pixels(64, 64, seed=seed)
    pale = made_pale(page, np.random.default_rng(seed))
    inked = page < 200
    assert (pale >= page).all()
    assert (pale[inked] < 255).all()
    assert (pale[page == 255] == 255).all()
    assert not np.array_equal(pale, page)


def test_stream_of_watermarks_depends_on_its_number_alone(corpus: Corpus) -> None:
    forward = [WatermarkStream(corpus, (), seed=4)[n] for n in range(12)]
    other = WatermarkStream(corpus, (), seed=4)
    for number in reversed(range(12)):
        assert np.array_equal(other[number].dirty, forward[number].dirty)
        assert np.array_equal(other[number].clean, forward[number].clean)


def test_watermarks_come_as_often_as_asked_for(corpus: Corpus) -> None:
    pairs = [WatermarkStream(corpus, (), seed=0, shares=Shares(marked=0.5))[n] for n in range(100)]
    marked = [pair.mark_opacity is not None for pair in pairs]
    assert 35 < sum(marked) < 65
    for pair, is_marked in zip(pairs, marked, strict=True):
        assert is_marked or np.array_equal(pair.dirty, pair.clean)


def test_fonts_of_watermarks_are_split(corpus: Corpus) -> None:
    fonts = [Path(next(names(held_out=part, suffix=".ttf"))) for part in (False, True)]
    for validation in (False, True):
        stream = WatermarkStream(corpus, fonts, seed=0, validation=validation)
        assert stream._fonts == (fonts[int(validation)],)


def test_doubled_pair_is_a_quarter_with_every_pixel_four_times() -> None:
    pair = Degraded(page_pixels(SIDE, SIDE, seed=1), page_pixels(SIDE, SIDE, seed=2), kinds=("x",))
    large = doubled(pair, np.random.default_rng(0))
    assert large.kinds == pair.kinds
    for before, after in ((pair.dirty, large.dirty), (pair.clean, large.clean)):
        assert after.shape == before.shape
        small = after[::2, ::2]
        assert np.array_equal(small.repeat(2, axis=0).repeat(2, axis=1), after)
        places = [(y, x) for y in range(SIDE // 2 + 1) for x in range(SIDE // 2 + 1)]
        assert any(np.array_equal(before[y : y + SIDE // 2, x : x + SIDE // 2], small) for y, x in places)
