"""Stand-ins: providers as real servers on loopback, scripted with their answers and their faults."""
