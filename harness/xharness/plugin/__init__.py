"""The extension surface: hooks, loading, the registry."""
