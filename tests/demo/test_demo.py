from pathlib import Path

import pytest

from auditor.assess import Assessment, assess
from auditor.findings import Status
from auditor.network.missing import Kind
from auditor.report import FORMATS, Look
from auditor.report.document import build
from checks import CHECKS
from collectors import COLLECTORS
from tests.demo_snapshot import PARTNER, VENDOR, demo, print_demo

pytestmark = pytest.mark.xdist_group("demo")

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    chosen = [check for check in CHECKS if check.enabled]
    return assess(demo().snapshot, COLLECTORS, chosen, demo().settings)


def test_the_demo_is_complete(assessment: Assessment) -> None:
    assert {target.status for target in assessment.targets} == {"complete"}
    assert assessment.refusals == ()
    assert not assessment.incomplete
    assert not [each for each in assessment.findings if each.rule == "audit-call-refused" and each.status != "pass"]


def test_only_what_the_vendor_and_the_partner_keep_to_themselves_is_unknown(assessment: Assessment) -> None:
    unknown = [finding for finding in assessment.findings if finding.status is Status.UNKNOWN]
    causes = {cause for finding in unknown if finding.missing for cause in finding.missing.causes}
    assert {(cause.account, cause.kind) for cause in causes} == {
        (VENDOR, Kind.NOT_AUDITED),
        (PARTNER, Kind.PARTICIPANT),
    }


def test_every_rule_but_the_one_on_refusals_has_something_to_say(assessment: Assessment) -> None:
    telling = {finding.rule for finding in assessment.findings if finding.status is not Status.PASS}
    assert {check.id for check in CHECKS if check.enabled} - telling == {"audit-call-refused"}


def test_two_demos_print_the_same_and_as_their_snapshot_is_judged(assessment: Assessment, tmp_path: Path) -> None:
    judged = build(assessment, min_severity=None, show_passed=False)
    assert print_demo(tmp_path) == demo().printed == FORMATS["table"](judged, Look(width=100))


def test_the_readme_shows_what_the_demo_prints() -> None:
    _, _, rest = README.read_text(encoding="utf-8").partition("<!-- demo -->\n```text\n")
    shown, _, after = rest.partition("```\n<!-- /demo -->")
    assert after
    assert shown == demo().printed
