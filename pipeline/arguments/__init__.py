"""Typed values of tools and fields: their declaration in YAML, reading, JSON schema, and templates filled with them."""

from pipeline.arguments.argument import Argument
from pipeline.arguments.arguments import Arguments, BadArguments, json_object
from pipeline.arguments.declared import faults
from pipeline.arguments.template import Template

__all__ = ["Argument", "Arguments", "BadArguments", "Template", "faults", "json_object"]
