"""The fixed phrases of each language, one module a language, named by its primary tag (BCP 47): `he`, `es`."""
