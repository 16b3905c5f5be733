"""The Lambda handler of every model container: the artifact's manifest says which service it serves."""

from shared.entrypoint import serve

handler = serve()
