"""The same load on Kav, on Pipecat and on a bare loop, in turns: `python -m benchmarks run`."""
