import shared as shared  # for what it sets before onnxruntime is imported
