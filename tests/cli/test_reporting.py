import os
import subprocess
import sys
from pathlib import Path

from tests.world import World


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    World().write(tmp_path / "snapshot")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    options = ["check", str(tmp_path / "snapshot"), "--format", "csv", "--output", str(pipe)]
    with subprocess.Popen([sys.executable, "-m", "auditor", *options], stdin=subprocess.DEVNULL) as run:  # noqa: S603 - it is this program
        assert pipe.read_text().startswith("id,rule,status,severity,")
    assert pipe.is_fifo()
    assert run.returncode == 0
