from typing import Any

import pytest

from checks import CHECKS
from tests.judging import faults, judged, passes, unknowns
from tests.world import ABSENT, World

ALL = [check for check in CHECKS if check.enabled]


def sound() -> World:
    """Two connected VPCs and an endpoint, of which every rule has good to say."""
    world = World()
    a, b = world.vpc("vpc-a", "10.0.0.0/16"), world.vpc("vpc-b", "10.1.0.0/16")
    world.peering("pcx-1", a, b)
    for vpc, far in ((a, b), (b, a)):
        subnet = world.subnet(f"subnet-{vpc.id}", vpc, vpc.blocks[0].replace("/16", "/24"))
        table = world.route_table(f"rtb-{vpc.id}", vpc, [subnet], {far.blocks[0]: "pcx-1"})
        world.gateway_endpoint(f"vpce-{vpc.id}", vpc, "s3", [table])
    return world


@pytest.mark.parametrize(
    ("action", "item", "member"),
    [
        ("ec2:DescribeRouteTables", "rtb-vpc-a", "Routes"),
        ("ec2:DescribeRouteTables", "rtb-vpc-a", "Associations"),
        ("ec2:DescribeRouteTables", "rtb-vpc-a", "VpcId"),
        ("ec2:DescribeSubnets", "subnet-vpc-a", "VpcId"),
        ("ec2:DescribeVpcEndpoints", "vpce-vpc-a", "VpcId"),
        ("ec2:DescribeVpcEndpoints", "vpce-vpc-a", "State"),
        ("ec2:DescribeVpcPeeringConnections", "pcx-1", "Status"),
        ("ec2:DescribeNetworkAcls", "acl-a-default", "Entries"),
        ("ec2:DescribeNetworkAcls", "acl-a-default", "Associations"),
    ],
)
def test_an_item_without_what_aws_always_gives_makes_its_list_less_than_whole(
    action: str, item: str, member: str
) -> None:
    whole = judged(sound(), ALL)
    world = sound()
    absent: dict[str, Any] = {member: ABSENT}
    world.change(action, item, **absent)
    findings = judged(world, ALL)
    known = {(finding.rule, finding.resource.id) for finding in passes(whole)}
    assert {(finding.rule, finding.resource.id) for finding in passes(findings)} <= known
    assert {finding.id for finding in faults(findings)} <= {finding.id for finding in faults(whole)}
    assert any(action in str(finding.missing and list(finding.missing.causes)) for finding in unknowns(findings))
