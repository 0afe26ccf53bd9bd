from auditor.network.diagnosis.carriers import carriers, workloads_behind
from auditor.snapshot import Target
from tests.checks.peering.two_groups import two_groups
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT
from tests.networks import network_of
from tests.world import ACCOUNT, REGION

HERE = Target(ACCOUNT, REGION)


def test_all_interfaces_of_a_group_carry_it_and_those_of_endpoints_are_no_workloads() -> None:
    world = two_groups()
    a, subnet = world.vpcs["vpc-a"], world.subnets["subnet-a1"]
    world.interface_endpoint("vpce-1", a, "sqs", [subnet], groups=["sg-a"])
    seen = network_of(world)
    carried = carriers(seen, "sg-a", "vpc-a", HERE)
    assert [each.network_interface_id for each in carried] == ["eni-a1-0", "eni-vpce-1-a1"]
    behind = workloads_behind(seen, seen.security_groups["sg-a"])
    assert [each.network_interface_id for each in behind] == ["eni-a1-0"]
    assert carried.whole
    assert behind.whole


def test_an_interface_that_owner_and_participant_show_counts_once() -> None:
    world = two_groups()
    subnet = world.subnets["subnet-a1"]
    world.share(subnet, OTHER_ACCOUNT)
    world.network_interface("eni-theirs", subnet, groups=["sg-a"], owner=OTHER_ACCOUNT)
    carried = carriers(network_of(world), "sg-a", "vpc-a", HERE)
    assert [each.network_interface_id for each in carried] == ["eni-a1-0", "eni-theirs"]


def test_interfaces_of_another_region_carry_another_group() -> None:
    assert not carriers(network_of(two_groups()), "sg-a", "vpc-a", Target(ACCOUNT, "us-east-1"))


def test_refused_interfaces_leave_it_open_who_carries_a_group() -> None:
    world = two_groups()
    world.refuse("ec2:DescribeNetworkInterfaces")
    carried = carriers(network_of(world), "sg-a", "vpc-a", HERE)
    assert not carried
    assert carried.missing is not None
    assert {cause.action for cause in carried.missing.causes} == {"ec2:DescribeNetworkInterfaces"}
