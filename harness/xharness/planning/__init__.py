"""From settings to a plan: every phase once, parents first."""
