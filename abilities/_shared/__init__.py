"""Code that several tools share: settings of values that they take."""
