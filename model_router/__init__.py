"""The command `model-router`: everything the platform does, from one place. It knows no task's weights and no resource.

Modules import here what they need to parse a command line; whatever takes time is imported by the command that uses it.
"""
