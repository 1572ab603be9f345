"""Multilingual encoders that come with a short name, one family per module."""
