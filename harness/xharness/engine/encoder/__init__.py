"""Encoders: their weights, networks, batches and numerics."""
