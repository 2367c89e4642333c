"""What a training run is asked to do; written beside its checkpoints, so that a resumed run is the same run."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from docclean.core.recipe import Task


class Precision(StrEnum):
    """Arithmetic of the forward pass; weights are always float32."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class Regularizer(StrEnum):
    """What is held against the features in the tile network's bottleneck; see `regularizers`."""

    NONE = "none"
    SPARSE_L1 = "sparse-l1"
    SPARSE_KL = "sparse-kl"
    CONTRACTIVE = "contractive"


class PixelLoss(StrEnum):
    """What pixels are held by; see `losses`.

    SHARP is for runs from the start. BALANCED is for a denoiser that is trained already: every kind of page counts by
    how far it has come, so that pages that cannot be restored do not outvote those that nearly are.
    """

    SHARP = "sharp"
    BALANCED = "balanced"


class TrainConfig(BaseModel):
    """A training run.

    Attributes:
        task: What the model is for.
        hyperparameters: Keyword arguments of the network.
        steps: Optimizer steps in all.
        batch: Crops in a minibatch.
        crop: Side of a crop, px; a multiple of 8, no larger than a training context.
        seed: Determines data and initial weights.
        learning_rate: Peak of the cosine schedule.
        warmup: Steps of linear warm-up.
        weight_decay: AdamW's decoupled decay.
        loss: What pixels are held by; BALANCED for the task denoise only.
        ema_decay: Decay of the moving average of the weights, which is what is kept.
        precision: Arithmetic of the forward pass.
        reuse: Steps in which a synthesized context takes part, on average.
        workers: Processes that synthesize pairs.
        validate_every: Steps between validations, each followed by a checkpoint.
        regularizer: Penalty on the features in the bottleneck.
        regularizer_weight: What the penalty is multiplied with before it joins the loss; 0 is none.
        sparsity: Mean activation that `sparse-kl` aims at, 0..1.
        input_noise: Standard deviation of the noise on the network's input, 0..1 from black to white.

    Source:
        AdamW: Loshchilov, Hutter 2019, "Decoupled Weight Decay Regularization"; cosine schedule: the same authors 2017,
        "SGDR", equation 5 without restarts; here after a linear warm-up, and down to 0.5 % of the peak.
        Sparsity .05: Ng 2011, "Sparse autoencoder", CS294A lecture notes, section 3.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Task = Task.DENOISE
    hyperparameters: dict[str, Any] = Field(default_factory=dict)
    steps: int = Field(default=20_000, ge=1)
    batch: int = Field(default=8, ge=1)
    crop: int = Field(default=256, ge=32, le=512, multiple_of=8)
    seed: int = 0
    learning_rate: float = Field(default=1e-3, gt=0)
    warmup: int = Field(default=500, ge=1)
    weight_decay: float = Field(default=1e-4, ge=0)
    loss: PixelLoss = PixelLoss.SHARP
    ema_decay: float = Field(default=0.999, ge=0, lt=1)
    precision: Precision = Precision.AUTO
    reuse: int = Field(default=4, ge=1)
    workers: int = Field(default=1, ge=0)
    validate_every: int = Field(default=500, ge=1)
    regularizer: Regularizer = Regularizer.NONE
    regularizer_weight: float = Field(default=1e-3, ge=0)
    sparsity: float = Field(default=0.05, gt=0, lt=1)
    input_noise: float = Field(default=0.0, ge=0, le=1)
