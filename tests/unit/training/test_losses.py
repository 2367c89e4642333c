import pytest
import torch
from torch import Tensor

from docclean.training.losses import balanced_loss, kind_weights, paper_loss, restoration_loss

WHITE = torch.ones(1, 3, 32, 32)


def page(value: float = 0.0) -> Tensor:
    """A white page with a thin stroke."""
    clean = WHITE.clone()
    clean[:, :, 15, 8:24] = value
    return clean


@pytest.mark.parametrize("mse_share", [0.0, 0.5, 1.0])
def test_perfect_restoration_has_the_least_loss(mse_share: float) -> None:
    clean = torch.rand(2, 3, 24, 40)
    least = float(restoration_loss(clean, clean, mse_share=mse_share))
    assert 0.0 <= least <= 4e-3 * (1.0 - mse_share) + 1e-7  # Charbonnier's epsilon remains
    for amount in (-0.1, 0.01, 0.3):
        assert float(restoration_loss(clean + amount, clean, mse_share=mse_share)) > least


@pytest.mark.parametrize("mse_share", [0.0, 0.5, 1.0])
def test_loss_grows_with_the_error(mse_share: float) -> None:
    noise = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    losses = [float(restoration_loss(page() + k * noise, page(), mse_share=mse_share)) for k in (0, 0.01, 0.1, 0.5, 1)]
    assert losses == sorted(losses)
    assert len(set(losses)) == len(losses)


@pytest.mark.parametrize("mse_share", [0.0, 1.0])
def test_fault_in_ink_costs_more_than_on_paper(mse_share: float) -> None:
    in_ink, on_paper = page(), page()
    in_ink[:, :, 15, 12:16] += 0.5
    on_paper[:, :, 3, 12:16] -= 0.5
    ink, paper = (restoration_loss(x, page(), mse_share=mse_share) for x in (in_ink, on_paper))
    assert ink > 1.5 * paper


def test_faint_color_counts_as_ink_when_one_channel_is_dark() -> None:
    clean = WHITE.clone()
    clean[:, 2, 10:20, 10:20] = 0.5  # light yellow
    assert restoration_loss(clean * 0.9, clean, mse_share=0.0) > restoration_loss(WHITE * 0.9, WHITE, mse_share=0.0)


def test_cast_costs_more_than_noise_of_the_same_size() -> None:
    sign = torch.sign(torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)))
    cast = restoration_loss(WHITE - 0.02, WHITE, mse_share=1.0) - restoration_loss(WHITE, WHITE, mse_share=1.0)
    smooth = 0.3 * float((sign * 0.02).diff(dim=-1).abs().mean() + (sign * 0.02).diff(dim=-2).abs().mean())
    noise = restoration_loss(WHITE + 0.02 * sign, WHITE, mse_share=1.0) - smooth
    assert cast > noise


@pytest.mark.parametrize("mse_share", [0.0, 1.0])
@pytest.mark.parametrize("shift", [0.0, 1e-6, -5.0, 1e3])
def test_gradients_are_finite(mse_share: float, shift: float) -> None:
    restored = (page() + shift).requires_grad_()
    restoration_loss(restored, page(), mse_share=mse_share).backward()  # type: ignore[no-untyped-call]  # torch has no types here
    assert restored.grad is not None
    assert torch.isfinite(restored.grad).all()


def overviews(clean_level: float) -> tuple[Tensor, Tensor]:
    dirty = torch.rand(2, 9, 4, 6, generator=torch.Generator().manual_seed(1))
    return dirty, torch.full((2, 9, 4, 6), clean_level)


def test_paper_is_compared_where_the_truth_is_blank() -> None:
    dirty, clean = overviews(1.0)
    assert float(paper_loss(dirty[:, :3], dirty, clean)) == 0.0
    expected = 0.25 * 3 * 48 / (3 * 48 + 1)
    assert float(paper_loss(dirty[:, :3] + 0.25, dirty, clean)) == pytest.approx(expected, rel=1e-4)


def test_paper_under_ink_is_free() -> None:
    dirty, clean = overviews(1.0)
    clean[:, 8, 2:] = 0.9  # one channel of the darkest pixel is enough
    paper = dirty[:, :3].clone()
    paper[:, :, 2:] += 0.5
    assert float(paper_loss(paper, dirty, clean)) == 0.0
    paper[:, :, :2] += 0.5
    assert float(paper_loss(paper, dirty, clean)) > 0.4


def test_page_full_of_ink_gives_no_paper_loss_and_no_gradient() -> None:
    dirty, clean = overviews(0.2)
    paper = torch.rand(2, 3, 4, 6, requires_grad=True)
    loss = paper_loss(paper, dirty, clean)
    loss.backward()  # type: ignore[no-untyped-call]  # torch has no types here
    assert loss.item() == 0.0
    assert paper.grad is not None
    assert not paper.grad.any()


def test_ink_that_becomes_lighter_costs_more_than_ink_that_becomes_darker() -> None:
    clean, weight = page(0.3), torch.ones(1)
    stroke = (clean < 1.0).float()
    lighter, darker = (float(balanced_loss(clean + step * stroke, clean, weight)) for step in (0.2, -0.2))
    assert lighter == pytest.approx(2.5 * darker, rel=1e-5)
    assert float(balanced_loss(clean, clean, weight)) == 0.0


def test_color_counts_more_than_gray_and_a_wrong_hue_more_than_a_wrong_tone() -> None:
    weight, gray = torch.ones(1), torch.full((1, 3, 16, 16), 0.7)
    red = torch.tensor([0.9, 0.7, 0.7]).reshape(1, 3, 1, 1).expand(1, 3, 16, 16)
    for clean in (gray, red):
        tone = float(balanced_loss(clean + 0.1, clean, weight))
        hue = torch.tensor([0.1, -0.1, 0.1]).reshape(1, 3, 1, 1)
        assert float(balanced_loss(clean + hue, clean, weight)) > 1.2 * tone
    assert float(balanced_loss(red + 0.1, red, weight)) > 1.5 * float(balanced_loss(gray + 0.1, gray, weight))


def test_each_crop_counts_by_its_weight() -> None:
    clean = torch.cat([page(), page()])
    restored = clean.clone()
    restored[0] -= 0.1
    whole, first_only = (float(balanced_loss(restored, clean, torch.tensor(w))) for w in ([1.0, 1.0], [3.0, 0.0]))
    assert first_only == pytest.approx(3.0 * whole)


def test_kinds_of_pairs_are_told_apart() -> None:
    clean, stain = page(), torch.tensor([0.9, 0.8, 0.7]).reshape(1, 3, 1, 1)
    dirty = torch.cat([clean, 0.9 * clean, stain * clean])
    assert torch.equal(kind_weights(dirty, clean.repeat(3, 1, 1, 1)), torch.tensor([1.5, 1.5, 0.35]))
