"""Every network by its name in manifests. A network for the engine has the parts `paper` and `ink` of a `Denoiser`."""

from torch import nn

from docclean.models.denoiser import Denoiser
from docclean.models.dewatermarker import Dewatermarker

ARCHITECTURES: dict[str, type[nn.Module]] = {"denoiser": Denoiser, "dewatermarker": Dewatermarker}
