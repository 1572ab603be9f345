"""Walks a plan: workers, trackers, scores, diagnostics."""
