"""Rules about endpoints of any type."""
