"""Intermediate tasks that come with xharness, one module each."""
