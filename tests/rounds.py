"""How far the tests that draw what they try go: ``ROUNDS=10 make test`` tries five times as much as every day."""

import os

ROUNDS = int(os.environ.get("ROUNDS", "2"))
