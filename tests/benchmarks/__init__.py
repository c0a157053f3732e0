"""Benchmarks: ratios against bare servers, measured side by side in one interleaved run."""
