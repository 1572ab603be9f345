"""From stored scores to what they mean."""
