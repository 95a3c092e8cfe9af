"""What stands next to Kav in the benchmark: a bare loop and Pipecat, with the same windows and the same replies."""
