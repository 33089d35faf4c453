"""What the benchmarks in Python share."""
