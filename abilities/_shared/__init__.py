"""Code that several tools share: settings of values that they take, and functions as tools."""
