"""Trackers: places outside the store where a run can be followed."""
