"""Rules about the audit itself: what it could not see."""
