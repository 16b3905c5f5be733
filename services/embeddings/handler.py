"""The Lambda handler of the embeddings container."""

from shared.entrypoint import serve

handler = serve(onnx="services.embeddings.onnx_model:Model", torch="services.embeddings.torch_model:Model")
