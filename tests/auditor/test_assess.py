from collections.abc import Sequence
from dataclasses import replace

import pytest

from auditor.assess import assess
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Unknown, Verdict
from auditor.network.missing import Kind, Missing
from checks.gateway_endpoints.missing import gateway_endpoint_missing
from collectors import COLLECTORS
from tests.world import World

UNSEEN = Missing.of(Kind.REFUSED)


def assessed(verdicts: Sequence[Verdict]) -> list[str]:
    """The keys of the findings of a check that gives these verdicts on a VPC."""
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16")
    check = replace(gateway_endpoint_missing, judge=lambda *_: iter(verdicts))
    return [finding.key for finding in assess(world.snapshot(), COLLECTORS, [check], Settings()).findings]


@pytest.mark.parametrize(
    "verdicts", [[Unknown(UNSEEN), Unknown(UNSEEN)], [Fault(message="", key="s3"), Unknown(UNSEEN, "s3")]]
)
def test_a_check_that_gives_a_key_twice_for_a_subject_is_wrong(verdicts: Sequence[Verdict]) -> None:
    with pytest.raises(ValueError, match=r"gateway-endpoint-missing gives the keys .* twice for vpc-a"):
        assessed(verdicts)


def test_keys_that_differ_make_findings_that_differ() -> None:
    assert assessed([Unknown(UNSEEN), Unknown(UNSEEN, "s3"), NotApplicable(""), NotApplicable("")]) == ["", "s3"]
