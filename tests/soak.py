"""``make soak``: random faults and kills, for as long as one likes.

They are those of ``tests/fault_plans.py`` and ``tests/company_plans.py``.

make soak SECONDS=600
make soak PLANS=10000
make soak SEED=4711     one plan again, and no other
"""

import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.company_plans import drawn_company, undisturbed_company, wrong_company
from tests.fault_plans import World, drawn, try_plan, undisturbed_world, wrong, wrong_after_kill

A_KILL = 20
"""How many plans there are for one process that is killed: it takes as long as several of them."""


def main() -> int:
    """Try plans until their number or the time is over, or something does not hold; the exit code tells which."""
    given = {name: value for name in ("SECONDS", "PLANS", "SEED") if (value := os.environ.get(name))}
    seed = int(given["SEED"]) if "SEED" in given else random.SystemRandom().randrange(10**9)
    plans = 1 if "SEED" in given else int(given.get("PLANS", sys.maxsize))
    end = time.monotonic() + float(given.get("SECONDS", "inf" if given else "600"))
    with (
        tempfile.TemporaryDirectory() as folder,
        undisturbed_world(Path(folder)) as world,
        undisturbed_company(_new(folder, "company")) as company,
    ):
        tried = 0
        while tried < plans and time.monotonic() < end:
            _say(f"\r{tried} plans tried; seed {seed} ")
            if lines := _tried(world, company, seed, Path(folder) / "tried"):
                _say(
                    "\n",
                    f"{drawn(seed)}\n{drawn_company(seed)}\n",
                    *(f"{line}\n" for line in lines),
                    f"Again: make soak SEED={seed}\n",
                )
                return 1
            tried, seed = tried + 1, seed + 1
    _say(f"\r{tried} plans tried, and all held.      \n")
    return 0


def _new(folder: str, name: str) -> Path:
    made = Path(folder) / name
    made.mkdir()
    return made


def _tried(world: World, company: World, seed: int, folder: Path) -> list[str]:
    """What does not hold of a seed's plans and, now and then, of its kill."""
    lines = []
    turns = [(_faults, world), (_faults_of_company, company)]
    if seed % A_KILL == 0:
        turns.append((wrong_after_kill, world))
    for turn, where in turns:
        try:
            lines += turn(where, seed, folder)
        except TimeoutError as error:
            lines.append(str(error))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return lines


def _faults(world: World, seed: int, folder: Path) -> list[str]:
    return wrong(world, try_plan(world, drawn(seed), folder))


def _faults_of_company(company: World, seed: int, folder: Path) -> list[str]:
    return wrong_company(company, try_plan(company, drawn_company(seed), folder))


def _say(*words: str) -> None:
    sys.stdout.writelines(words)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
