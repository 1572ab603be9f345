"""Predictions and embeddings of trained encoders."""
