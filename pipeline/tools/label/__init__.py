"""`label`: propose the caller's turns of a recorded call as `labels.yaml`, from its sound, to be corrected by hand."""
