"""The folder of finished phases: artifacts, locks, provenance, and what keeps it small."""
