import pytest
from click.testing import CliRunner, Result

from auditor.cli import commands
from checks import CHECKS


def rules(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["rules", *arguments])


def listed(text: str) -> list[str]:
    _, _, *lines = text.splitlines()
    return [line.split()[0] for line in lines]


def test_without_a_name_every_rule_is_listed() -> None:
    assert listed(rules().stdout) == sorted(check.id for check in CHECKS)


def test_a_pattern_lists_the_rules_that_match_it() -> None:
    ran = rules("peering-route-*")
    assert ran.exit_code == 0
    assert listed(ran.stdout) == sorted(check.id for check in CHECKS if check.id.startswith("peering-route-")) != []


def test_a_pattern_that_one_rule_matches_lists_it() -> None:
    assert listed(rules("peering-unus*").stdout) == ["peering-unused"]


def test_a_name_prints_the_page_of_its_rule() -> None:
    ran = rules("peering-unused")
    check = next(check for check in CHECKS if check.id == "peering-unused")
    assert ran.stdout.startswith(f"peering-unused\n\n{check.title}.\n")
    assert check.source in ran.stdout


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("peerng-*", 'no rule matches peerng-*; did you mean "peering-*"?'),
        ("zzz*", "no rule matches zzz*; `vpc-auditor rules` lists them"),
        ("peering-unusd", 'there is no rule peering-unusd; did you mean "peering-unused"?'),
        ("zzz", "there is no rule zzz; `vpc-auditor rules` lists them"),
    ],
)
def test_a_name_or_a_pattern_of_no_rule_is_one_line(rule: str, line: str) -> None:
    ran = rules(rule)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.splitlines()[-1] == f"Error: {line}"
