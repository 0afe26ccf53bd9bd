from typing import Any

import pytest

from auditor.network.coverage import Listing
from auditor.network.entrances import client_vpns_of, inbound_resolvers_beyond, inbound_resolvers_of
from auditor.network.missing import Kind
from tests.networks import network_of
from tests.world import ABSENT, ACCOUNT, World

OTHER = "222222222222"
TARGETS = "ec2:DescribeClientVpnTargetNetworks"


def two_vpcs() -> World:
    world = World()
    world.subnet("subnet-a", world.vpc("vpc-a", "10.0.0.0/16"), "10.0.0.0/24")
    world.vpc("vpc-b", "10.1.0.0/16")
    return world


def kinds(found: Listing[str]) -> set[Kind]:
    return {cause.kind for cause in found.missing.causes} if found.missing else set()


def client_vpns(world: World, vpc_id: str = "vpc-a") -> Listing[str]:
    network = network_of(world)
    return client_vpns_of(network, network.vpcs[vpc_id])


def test_a_client_vpn_endpoint_leads_into_its_vpc_and_into_those_of_its_subnets() -> None:
    world = two_vpcs()
    world.client_vpn("cvpn-endpoint-1", world.vpcs["vpc-b"], [world.subnets["subnet-a"]])
    assert client_vpns(world) == client_vpns(world, "vpc-b") == Listing(("cvpn-endpoint-1",))


def test_a_client_vpn_endpoint_of_a_transit_gateway_is_in_no_vpc() -> None:
    world = two_vpcs()
    world.client_vpn("cvpn-endpoint-1", world.vpcs["vpc-a"])
    world.change("ec2:DescribeClientVpnEndpoints", "cvpn-endpoint-1", VpcId=ABSENT)
    assert client_vpns(world) == Listing(())


@pytest.mark.parametrize("code", ["association-failed", "disassociated"])
def test_an_association_that_is_no_more_leads_nowhere(code: str) -> None:
    world = two_vpcs()
    world.client_vpn("cvpn-endpoint-1", world.vpcs["vpc-b"], [world.subnets["subnet-a"]])
    network = {"VpcId": "vpc-a", "TargetNetworkId": "subnet-a", "Status": {"Code": code}}
    world.change(TARGETS, "cvpn-endpoint-1", ClientVpnTargetNetworks=[network])
    assert client_vpns(world) == Listing(())


def test_target_networks_that_aws_left_out_are_missing() -> None:
    world = two_vpcs()
    world.client_vpn("cvpn-endpoint-1", world.vpcs["vpc-b"])
    assert client_vpns(world).whole
    world.change(TARGETS, "cvpn-endpoint-1", ClientVpnTargetNetworks=ABSENT)
    assert kinds(client_vpns(world)) == {Kind.ABSENT_FIELD}


def test_client_vpn_endpoints_that_were_refused_are_missing() -> None:
    for action in ("ec2:DescribeClientVpnEndpoints", TARGETS):
        world = two_vpcs()
        world.client_vpn("cvpn-endpoint-1", world.vpcs["vpc-b"])
        world.refuse(action)
        assert kinds(client_vpns(world)) == {Kind.REFUSED}


def test_only_inbound_resolver_endpoints_let_queries_in() -> None:
    world = two_vpcs()
    vpc = world.vpcs["vpc-a"]
    world.resolver_endpoint("rslvr-in", vpc)
    world.resolver_endpoint("rslvr-delegation", vpc, direction="INBOUND_DELEGATION")
    world.resolver_endpoint("rslvr-out", vpc, direction="OUTBOUND")
    world.resolver_endpoint("rslvr-gone", vpc, status="DELETING")
    network = network_of(world)
    assert inbound_resolvers_of(network, network.vpcs["vpc-a"]) == Listing(("rslvr-delegation", "rslvr-in"))
    assert inbound_resolvers_of(network, network.vpcs["vpc-b"]) == Listing(())


def test_a_resolver_endpoint_without_a_vpc_or_a_direction_may_be_any_vpcs() -> None:
    absent: tuple[dict[str, Any], ...] = ({"HostVPCId": ABSENT}, {"Direction": ABSENT})
    for members in absent:
        world = two_vpcs()
        world.resolver_endpoint("rslvr-in", world.vpcs["vpc-a"])
        world.change("route53resolver:ListResolverEndpoints", "rslvr-in", **members)
        network = network_of(world)
        found = inbound_resolvers_of(network, network.vpcs["vpc-a"])
        assert (found.items, kinds(found)) == ((), {Kind.ABSENT_FIELD})


def test_connected_vpcs_are_those_of_peerings_and_transit_gateways_in_any_account() -> None:
    world = two_vpcs()
    a, b = world.vpcs["vpc-a"], world.vpcs["vpc-b"]
    c = world.vpc("vpc-c", "10.2.0.0/16", account=OTHER)
    world.vpc("vpc-d", "10.3.0.0/16")
    for vpc in world.vpcs.values():
        world.resolver_endpoint(f"rslvr-{vpc.id}", vpc)
    world.peering("pcx-1", a, b)
    for vpc in (a, c):
        world.transit_gateway_attachment("tgw-1", vpc)
    network = network_of(world)
    found = inbound_resolvers_beyond(network, network.vpcs["vpc-a"])
    assert found == Listing(("rslvr-vpc-b", "rslvr-vpc-c"))


def test_connected_vpcs_that_were_not_seen_are_missing() -> None:
    world = two_vpcs()
    a = world.vpcs["vpc-a"]
    world.peering("pcx-1", a, world.foreign_vpc("vpc-x", "10.4.0.0/16", account=OTHER))
    network = network_of(world)
    assert kinds(inbound_resolvers_beyond(network, network.vpcs["vpc-a"])) == {Kind.NOT_AUDITED}
    shared = two_vpcs()
    shared.transit_gateway_attachment("tgw-1", shared.vpcs["vpc-a"])
    foreign = shared.vpc("vpc-c", "10.5.0.0/16")
    attachment = shared.transit_gateway_attachment("tgw-1", foreign)
    shared.change("ec2:DescribeTransitGatewayVpcAttachments", attachment, VpcId="vpc-x", VpcOwnerId=ACCOUNT)
    network = network_of(shared)
    found = inbound_resolvers_beyond(network, network.vpcs["vpc-a"])
    assert found.missing is not None
    assert {(cause.kind, cause.resource) for cause in found.missing.causes} == {(Kind.NOT_AUDITED, "vpc-x")}
