"""The encoder that serves every task: text to tokens, tokens to a network's outputs. It knows no task and no request.

`onnx.py` and `torch.py` run the network, one module per runtime; `export.py` is for the build machine only.
"""

from shared.encoder.encoder import Encoder
from shared.encoder.tokens import SpecialTokens, Tokens

__all__ = ["Encoder", "SpecialTokens", "Tokens"]
