"""Rules about endpoint policies."""
