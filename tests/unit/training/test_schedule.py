import pytest
import torch

from docclean.models.denoiser import Denoiser
from docclean.training.config import Precision
from docclean.training.schedule import follow, learning_rate, uses_bfloat16
from tests.helpers.corpus import TINY, tiny_config

CPU = torch.device("cpu")


def test_average_follows_the_model() -> None:
    torch.manual_seed(0)
    average, model = Denoiser(**TINY), Denoiser(**TINY)
    expected = [0.75 * a + 0.25 * m for a, m in zip(average.parameters(), model.parameters(), strict=True)]
    kept = [m.clone() for m in model.parameters()]
    follow(average, model, 0.75)
    assert all(torch.allclose(a, e) for a, e in zip(average.parameters(), expected, strict=True))
    assert all(torch.equal(m, k) for m, k in zip(model.parameters(), kept, strict=True))
    follow(average, model, 0.0)
    assert all(torch.allclose(a, m) for a, m in zip(average.parameters(), model.parameters(), strict=True))


def test_average_covers_the_whole_state() -> None:
    network = Denoiser(**TINY)
    assert set(network.state_dict()) == {name for name, _ in network.named_parameters()}


def test_learning_rate_warms_up_and_fades() -> None:
    config = tiny_config(steps=1000, warmup=10, learning_rate=2e-3)
    rates = [learning_rate(config, step) for step in range(1000)]
    assert rates[0] == pytest.approx(2e-4)
    assert rates[4] == pytest.approx(1e-3, rel=1e-3)
    assert max(rates) == rates[9] == pytest.approx(2e-3, rel=1e-3)
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert rates[500] == pytest.approx(2e-3 * 0.5025, rel=1e-6)
    assert rates[-1] == pytest.approx(2e-3 * 0.005, rel=1e-2)


@pytest.mark.parametrize(
    ("precision", "device", "supported", "expected"),
    [
        (Precision.FLOAT32, "cpu", True, False),
        (Precision.FLOAT32, "cuda", True, False),
        (Precision.BFLOAT16, "cpu", False, True),
        (Precision.BFLOAT16, "cuda", False, True),
        (Precision.AUTO, "cpu", True, True),
        (Precision.AUTO, "cpu", False, False),
        (Precision.AUTO, "cuda", True, True),
        (Precision.AUTO, "cuda", False, False),
        (Precision.AUTO, "mps", True, False),
    ],
)
def test_bfloat16_is_used_where_it_is_asked_for_or_fast(
    precision: Precision, device: str, supported: bool, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": supported})
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: supported)
    assert uses_bfloat16(precision, torch.device(device)) is expected


def test_cpu_that_names_no_capabilities_uses_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert not uses_bfloat16(Precision.AUTO, CPU)
