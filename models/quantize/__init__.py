"""Quantization: from a fused float graph to smaller and faster ones."""

from models.quantize.quantizer import ORDER, Quantizer

__all__ = ["ORDER", "Quantizer"]
