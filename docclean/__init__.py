"""Restore scanned pages with pretrained convolutional autoencoders."""

__version__ = "0.1.0"
