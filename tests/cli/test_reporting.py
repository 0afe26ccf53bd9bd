import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.world import World


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    World().write(tmp_path / "snapshot")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    options = ["check", str(tmp_path / "snapshot"), "--format", "csv", "--output", str(pipe)]
    with subprocess.Popen([sys.executable, "-m", "auditor", *options], stdin=subprocess.DEVNULL) as run:
        assert pipe.read_text().startswith("id,rule,status,severity,")
    assert pipe.is_fifo()
    assert run.returncode == 0


def program(*options: str, then: str = "") -> subprocess.CompletedProcess[str]:
    """The program as a process, in a shell that redirects as told."""
    quoted = " ".join(f"'{option}'" for option in options)
    command = f"{sys.executable} -m auditor {quoted} {then}"
    return subprocess.run(
        ["bash", "-c", command],  # noqa: S607 - the machine's own shell
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    World().write(tmp_path / "snapshot")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    run = program("check", str(tmp_path / "snapshot"), "--output", str(tmp_path / "link"))
    assert run.returncode == 0
    assert (tmp_path / "link").is_symlink()
    assert "rules on" in (tmp_path / "file").read_text()


def test_one_file_under_two_names_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    run = program("check", "none", "--format", f"csv={tmp_path}/link", "--format", f"json={tmp_path}/file")
    assert (run.returncode, "two formats go to" in run.stderr) == (2, True)


@pytest.mark.parametrize(
    ("command", "shell", "said"),
    [
        ("rules", ">&-", "standard output is closed"),
        ("rules", "> /dev/full", "standard output: No space left on device"),
        ("check", "> /dev/full", "standard output: No space left on device"),
    ],
)
def test_standard_output_that_takes_nothing_is_said_on_one_line(
    command: str, shell: str, said: str, tmp_path: Path
) -> None:
    World().write(tmp_path / "snapshot")
    run = program(command, *([str(tmp_path / "snapshot")] if command == "check" else []), then=shell)
    assert (run.returncode, said in run.stderr, "Traceback" in run.stderr) == (2, True, False)


def test_a_reader_that_goes_early_is_no_failure() -> None:
    assert program("rules", then="| true; exit ${PIPESTATUS[0]}").returncode == 0


@pytest.mark.parametrize("option", ["--config", "--output", "--format=csv"])
def test_a_name_that_is_too_long_is_said_on_one_line(option: str, tmp_path: Path) -> None:
    World().write(tmp_path / "snapshot")
    joint = "=" if option.startswith("--format") else " "
    run = program("check", str(tmp_path / "snapshot"), *f"{option}{joint}{'a' * 300}".split(" "))
    assert (run.returncode, "Traceback" in run.stderr, "File name too long" in run.stderr) == (2, False, True)


def test_what_a_person_typed_cannot_move_the_cursor() -> None:
    run = program("rules", "\x1b[2J\nx")
    assert (run.returncode, "\x1b" in run.stderr, "\\x1b[2J\\nx" in run.stderr) == (2, False, True)


def test_a_dash_is_standard_output(tmp_path: Path) -> None:
    World().write(tmp_path / "snapshot")
    for name in ("-", "/dev/stdout"):
        run = program("check", str(tmp_path / "snapshot"), "--format", "csv", "--output", name)
        assert (run.returncode, run.stdout[:8]) == (0, "id,rule,")


def test_what_the_shell_has_open_is_written_to_and_not_cut_off(tmp_path: Path) -> None:
    World().write(tmp_path / "snapshot")
    (tmp_path / "link").symlink_to("/proc/self/fd/1")
    run = program("check", str(tmp_path / "snapshot"), "--format", f"csv={tmp_path}/link", then="| cat")
    assert run.stdout.startswith("id,rule,")
