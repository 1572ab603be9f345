"""What each command does: one module per command, plain values in and out."""
