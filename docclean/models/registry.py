"""Every network by its name in manifests. Adding one is adding a line here."""

from torch import nn

from docclean.models.denoiser import Denoiser

ARCHITECTURES: dict[str, type[nn.Module]] = {"denoiser": Denoiser}
