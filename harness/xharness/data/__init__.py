"""The rows of tasks: read, checked, counted."""
