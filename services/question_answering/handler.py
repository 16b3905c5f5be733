"""The Lambda handler of a question-answering model."""

from shared.entrypoint import serve

handler = serve(
    onnx="services.question_answering.onnx_model:Model",
    torch="services.question_answering.torch_model:Model",
)
