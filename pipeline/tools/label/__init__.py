"""`label`: the caller's turns of a recorded call in `labels.yaml`, proposed from its sound, to be corrected by hand."""
