"""Quantization of a fused float graph to 8 bits: what onnxruntime.quantization and neural-compressor do not do.

On a processor without VNNI two neighbouring int8 products can saturate. Those libraries avoid that by giving up a bit
of every weight (`reduce_range`). Here weights are rounded under a bound on each pair of neighbours, which cannot
saturate and costs less (`rounding`), with compensation for what rounding loses (GPTQ) and smoothed activations
(SmoothQuant), each layer with the measured error of its output (`plan`). The other modules write the graph: linear
layers (`linear`, `emit`), the factors and biases behind them (`affine`), and embedding tables (`table`).
"""

from models.quantize.quantizer import ORDER, Quantizer

__all__ = ["ORDER", "Quantizer"]
