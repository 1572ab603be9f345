"""What follows from stored scores: means, tests, rankings, diagnostics."""
