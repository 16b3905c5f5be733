"""The numbers README and docs/numbers.md quote, each reproducible by one command."""

import shared as shared  # for what it sets before onnxruntime is imported
