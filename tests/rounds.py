"""How far the tests go that draw what they try.

``ROUNDS=10 make test`` tries five times as much as every day and as CI, which has ten minutes for everything.
"""

import os

ROUNDS = int(os.environ.get("ROUNDS", "2"))
