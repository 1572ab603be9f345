"""Translators that come with xharness, one module each."""
