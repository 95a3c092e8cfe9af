"""`graph`: the chain of a config as Mermaid text or a picture."""
