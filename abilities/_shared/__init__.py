"""Code that several tools share: settings of values that they take, keys of services, and functions as tools."""
