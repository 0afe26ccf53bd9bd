import subprocess
import sys

INTERRUPTED_WHILE_IMPORTING = """
import sys

class Interruption:
    def find_spec(self, name, *_):
        if name == "auditor.cli.check":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interruption())
from auditor.__main__ import main
main()
"""


def test_an_interruption_while_the_program_starts_is_one_line() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WHILE_IMPORTING], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "vpc-auditor: interrupted\n")
