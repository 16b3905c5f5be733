"""Text Embeddings Inference's routes: the bodies and answers are Hugging Face's, under paths of their own.

Reference: https://github.com/huggingface/text-embeddings-inference (docs/openapi.json).
"""

from collections.abc import Mapping

from router.huggingface import FeatureExtraction, SentenceSimilarity
from shared.tasks import Body

SERVICE = "embeddings"
BODIES: Mapping[str, type[Body]] = {"/embed": FeatureExtraction, "/similarity": SentenceSimilarity}
