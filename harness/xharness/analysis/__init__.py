"""From stored scores to findings."""
