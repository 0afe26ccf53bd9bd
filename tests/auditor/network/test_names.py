from collections.abc import Callable

import pytest

from auditor.network.missing import Kind, Missing
from auditor.network.names import By, Resolution, names_of, resolve, zones_unread
from auditor.network.network import Network
from tests.networks import network_of
from tests.world import ABSENT, World

SQS = "com.amazonaws.eu-west-1.sqs"
NAME = "sqs.eu-west-1.amazonaws.com"
HUB = "222222222222"


def world(*, private_dns: bool = False, dns_support: bool = True, dns_hostnames: bool = True) -> World:
    """A spoke with clients, and a hub with an endpoint for SQS at the other end of a peering connection."""
    made = World()
    spoke = made.vpc("vpc-spoke", "10.0.0.0/16", dns_support=dns_support, dns_hostnames=dns_hostnames)
    hub = made.vpc("vpc-hub", "10.1.0.0/16", account=HUB)
    made.subnet("subnet-spoke", spoke, "10.0.0.0/24")
    subnet = made.subnet("subnet-hub", hub, "10.1.0.0/24", enis=False)
    made.interface_endpoint("vpce-hub", hub, "sqs", [subnet], private_dns=private_dns)
    made.peering("pcx-1", spoke, hub)
    return made


def asked(seen: World, name: str = NAME, vpc: str = "vpc-spoke", service: str = SQS) -> Resolution | Missing:
    network = network_of(seen)
    return resolve(network, network.vpcs[vpc], name, service)


def led(seen: World, name: str = NAME, vpc: str = "vpc-spoke", service: str = SQS) -> tuple[By, str, str]:
    found = asked(seen, name, vpc, service)
    assert isinstance(found, Resolution)
    return found.by, found.endpoint, found.elsewhere


def causes(found: Resolution | Missing) -> set[tuple[Kind, str, str, str]]:
    assert isinstance(found, Missing)
    return {(cause.kind, cause.account, cause.action, cause.resource) for cause in found.causes}


def associated(seen: World, name: str = NAME, **records: str) -> World:
    """A zone of the hub's account that both VPCs are associated with."""
    seen.hosted_zone("Z1", name, list(seen.vpcs.values()), records or {NAME: "vpce-hub"}, account=HUB)
    return seen


# --- Private DNS ------------------------------------------------------------------------------------------------------


def test_a_name_that_nothing_holds_is_answered_as_everywhere() -> None:
    found = asked(world())
    assert found == Resolution(NAME, By.PUBLIC_DNS, f"no private DNS, hosted zone or Profile of vpc-spoke holds {NAME}")
    assert not found.stands_in
    assert not found.lost


def test_private_dns_of_an_endpoint_holds_in_its_own_vpc_alone() -> None:
    seen = world(private_dns=True)
    assert asked(seen, vpc="vpc-hub") == Resolution(NAME, By.PRIVATE_DNS, "private DNS of vpce-hub", "vpce-hub")
    assert led(seen) == (By.PUBLIC_DNS, "", "")


def test_private_dns_for_resolver_inbound_endpoints_alone_answers_nobody_in_the_vpc() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    subnet = seen.subnet("subnet-a", vpc, "10.0.0.0/24")
    seen.interface_endpoint("vpce-1", vpc, "s3", [subnet], inbound_resolver_only=True)
    name, service = "s3.eu-west-1.amazonaws.com", "com.amazonaws.eu-west-1.s3"
    assert led(seen, name, "vpc-a", service) == (By.PUBLIC_DNS, "", "")
    seen.interface_endpoint("vpce-2", vpc, "s3", [subnet])
    assert led(seen, name, "vpc-a", service) == (By.PRIVATE_DNS, "vpce-2", "")
    assert led(seen, f"*.{name}", "vpc-a", service) == (By.PRIVATE_DNS, "vpce-2", "")


@pytest.mark.parametrize("off", ["dns_support", "dns_hostnames"])
def test_without_a_dns_attribute_no_private_name_holds(off: str) -> None:
    seen = associated(world(**{off: False}))
    found = asked(seen)
    attribute = {"dns_support": "enableDnsSupport", "dns_hostnames": "enableDnsHostnames"}[off]
    assert found == Resolution(NAME, By.PUBLIC_DNS, f"{attribute} of vpc-spoke is off")


def test_an_endpoint_that_is_not_available_owns_no_name() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    subnet = seen.subnet("subnet-a", vpc, "10.0.0.0/24")
    seen.interface_endpoint("vpce-1", vpc, "sqs", [subnet], state="pending")
    assert led(seen, vpc="vpc-a") == (By.PUBLIC_DNS, "", "")


# --- Hosted zones -----------------------------------------------------------------------------------------------------


def test_an_alias_in_an_associated_zone_leads_to_the_endpoint_whose_name_it_stands_for() -> None:
    assert asked(associated(world())) == Resolution(
        NAME, By.HOSTED_ZONE, f"record A {NAME} of hosted zone Z1 ({NAME})", "vpce-hub"
    )


def test_a_zone_that_the_vpc_is_not_associated_with_answers_nothing_there() -> None:
    seen = world()
    seen.hosted_zone("Z1", NAME, [seen.vpcs["vpc-hub"]], {NAME: "vpce-hub"}, account=HUB)
    assert led(seen) == (By.PUBLIC_DNS, "", "")
    assert led(seen, vpc="vpc-hub") == (By.HOSTED_ZONE, "vpce-hub", "")


def address_of_an_endpoint(seen: World) -> str:
    return next(
        str(item["PrivateIpAddress"])
        for shard in seen.snapshot().shards.values()
        for item in shard.items("ec2:DescribeNetworkInterfaces")
        if item["InterfaceType"] == "vpc_endpoint"
    )


def name_of_an_endpoint(seen: World) -> str:
    return next(
        str(item["DnsEntries"][0]["DnsName"])
        for shard in seen.snapshot().shards.values()
        for item in shard.items("ec2:DescribeVpcEndpoints")
    )


@pytest.mark.parametrize("own", [name_of_an_endpoint, address_of_an_endpoint])
def test_a_cname_and_an_address_lead_to_it_as_well(own: Callable[[World], str]) -> None:
    assert led(associated(world(), **{NAME: own(world())})) == (By.HOSTED_ZONE, "vpce-hub", "")


def test_an_address_of_an_endpoint_in_a_vpc_that_is_not_connected_is_somebody_elses() -> None:
    seen = World()
    spoke, apart = seen.vpc("vpc-spoke", "10.0.0.0/16"), seen.vpc("vpc-apart", "10.1.0.0/16")
    seen.interface_endpoint("vpce-1", apart, "sqs", [seen.subnet("subnet-apart", apart, "10.1.0.0/24")])
    address = address_of_an_endpoint(seen)
    seen.hosted_zone("Z1", NAME, [spoke], {NAME: address})
    assert led(seen) == (By.HOSTED_ZONE, "", address)


def test_an_alias_of_another_record_of_the_zone_and_a_chain_of_names_are_followed() -> None:
    zone = "s3.eu-west-1.amazonaws.com"
    seen = world()
    hub, subnet = seen.vpcs["vpc-hub"], seen.subnets["subnet-hub"]
    seen.interface_endpoint("vpce-s3", hub, "s3", [subnet], private_dns=False)
    seen.hosted_zone(
        "Z2", zone, [seen.vpcs["vpc-spoke"]], {zone: "vpce-s3", f"*.{zone}": f"alias:{zone}", "x.example": "x"}
    )
    service = "com.amazonaws.eu-west-1.s3"
    assert led(seen, f"*.{zone}", service=service) == (By.HOSTED_ZONE, "vpce-s3", "")
    seen.hosted_zone("Z1", NAME, [seen.vpcs["vpc-spoke"]], {NAME: f"bucket.{zone}"}, account=HUB)
    assert led(seen) == (By.HOSTED_ZONE, "vpce-s3", "")


@pytest.mark.parametrize("target", [NAME, f"alias:{NAME}"])
def test_names_that_lead_to_one_another_lead_nowhere(target: str) -> None:
    found = asked(associated(world(), **{NAME: target}))
    assert isinstance(found, Resolution)
    assert found.endpoint == ""


def test_many_names_that_lead_to_one_another_are_each_asked_once() -> None:
    zone = "eu-west-1.amazonaws.com"
    others = [f"{number}.{zone}" for number in range(40)]
    seen = world()
    seen.hosted_zone(
        "Z1", zone, [seen.vpcs["vpc-spoke"]], [(name, other) for name in [NAME, *others] for other in others]
    )
    assert led(seen)[:2] == (By.HOSTED_ZONE, "")


def test_the_zone_with_the_most_specific_name_answers_even_if_it_holds_no_such_record() -> None:
    seen = associated(world())
    spoke = seen.vpcs["vpc-spoke"]
    seen.hosted_zone("Z2", "eu-west-1.amazonaws.com", [spoke], {NAME: "192.0.2.1"})
    assert led(seen) == (By.HOSTED_ZONE, "vpce-hub", "")
    other = "kms.eu-west-1.amazonaws.com"
    found = asked(seen, other, service="com.amazonaws.eu-west-1.kms")
    assert found == Resolution(
        other, By.HOSTED_ZONE, f"hosted zone Z2 (eu-west-1.amazonaws.com) holds no record for {other}"
    )
    assert found.lost


def test_a_zone_that_falls_back_leaves_the_rest_to_public_dns() -> None:
    seen = world()
    spoke = seen.vpcs["vpc-spoke"]
    seen.hosted_zone("Z2", "eu-west-1.amazonaws.com", [spoke], {"kms.eu-west-1.amazonaws.com": "x"}, falls_back=True)
    assert led(seen) == (By.PUBLIC_DNS, "", "")


def test_a_wildcard_answers_only_where_nothing_closer_exists() -> None:
    zone = "eu-west-1.amazonaws.com"
    records = {f"*.{zone}": "vpce-hub", f"a.b.{zone}": "192.0.2.1"}
    seen = world()
    seen.hosted_zone("Z1", zone, [seen.vpcs["vpc-spoke"]], records)
    assert led(seen) == (By.HOSTED_ZONE, "vpce-hub", "")
    assert led(seen, f"x.y.{zone}") == (By.HOSTED_ZONE, "vpce-hub", "")
    assert led(seen, f"b.{zone}") == (By.HOSTED_ZONE, "", "")
    assert led(seen, f"c.b.{zone}") == (By.HOSTED_ZONE, "", "")


def test_what_is_no_endpoint_is_told_as_it_stands() -> None:
    seen = associated(world(), **{NAME: "10.9.9.9"})
    assert led(seen) == (By.HOSTED_ZONE, "", "10.9.9.9")


def test_an_endpoint_that_was_not_seen_is_known_by_its_name() -> None:
    seen = associated(world(), **{NAME: "vpce-0abc123-x1y2z3.sqs.eu-west-1.vpce.amazonaws.com"})
    assert led(seen) == (By.HOSTED_ZONE, "vpce-0abc123", "")


def test_a_zone_of_an_aws_service_stands_beside_the_endpoint_that_it_belongs_to() -> None:
    seen = world()
    seen.hosted_zone("Z1", NAME, [seen.vpcs["vpc-spoke"]], service="vpce.amazonaws.com")
    assert led(seen) == (By.PUBLIC_DNS, "", "")


# --- Profiles ---------------------------------------------------------------------------------------------------------


def test_a_profile_brings_endpoints_and_zones() -> None:
    seen = world()
    spoke = seen.vpcs["vpc-spoke"]
    seen.profile("rp-1", [spoke], ["vpce-hub"], account=HUB)
    assert asked(seen) == Resolution(NAME, By.PROFILE, "Profile rp-1", "vpce-hub")
    seen = world()
    seen.hosted_zone("Z1", NAME, [], {NAME: "vpce-hub"}, account=HUB)
    seen.profile("rp-1", [seen.vpcs["vpc-spoke"]], ["Z1"], account=HUB)
    assert asked(seen) == Resolution(
        NAME, By.PROFILE, f"record A {NAME} of hosted zone Z1 ({NAME}), which rp-1 brings", "vpce-hub"
    )


def test_what_a_vpc_has_of_its_own_goes_before_what_a_profile_brings() -> None:
    seen = world()
    spoke = seen.vpcs["vpc-spoke"]
    seen.profile("rp-1", [spoke], ["vpce-hub"], account=HUB)
    seen.hosted_zone("Z1", NAME, [spoke], {NAME: "10.9.9.9"})
    assert led(seen) == (By.HOSTED_ZONE, "", "10.9.9.9")


def test_a_profile_that_is_on_its_way_out_brings_nothing() -> None:
    seen = world()
    seen.profile("rp-1", [seen.vpcs["vpc-spoke"]], ["vpce-hub"], account=HUB)
    seen.change("route53profiles:ListProfileAssociations", "rpassoc-1-spoke", Status="DELETING")
    assert led(seen) == (By.PUBLIC_DNS, "", "")


# --- What was not seen ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["route53:ListHostedZonesByVPC", "route53profiles:ListProfileAssociations"])
def test_without_zones_or_profiles_it_is_not_known_who_answers(action: str) -> None:
    seen = world()
    seen.refuse(action)
    assert causes(asked(seen)) == {(Kind.REFUSED, seen.account, action, "")}
    network = network_of(seen)
    unread = zones_unread(network, network.vpcs["vpc-spoke"])
    assert unread is not None
    assert {cause.action for cause in unread.causes} == {action}


def test_private_dns_of_the_vpcs_own_endpoint_is_known_whatever_zones_were_not_seen() -> None:
    seen = world(private_dns=True)
    seen.refuse("route53:ListHostedZonesByVPC")
    seen.refuse("route53profiles:ListProfileAssociations")
    assert led(seen, vpc="vpc-hub") == (By.PRIVATE_DNS, "vpce-hub", "")


def test_without_endpoints_it_is_not_known_who_answers() -> None:
    seen = world()
    seen.refuse("ec2:DescribeVpcEndpoints", account=seen.account)
    assert causes(asked(seen)) == {(Kind.REFUSED, seen.account, "ec2:DescribeVpcEndpoints", "")}


def test_the_records_of_a_zone_are_its_owners_to_show() -> None:
    seen = world()
    seen.hosted_zone("Z1", NAME, [seen.vpcs["vpc-spoke"]], account="999999999999")
    assert causes(asked(seen)) == {(Kind.NOT_AUDITED, "999999999999", "", "")}
    seen = associated(world())
    seen.refuse("route53:ListResourceRecordSets")
    assert causes(asked(seen)) == {(Kind.REFUSED, HUB, "route53:ListResourceRecordSets", "")}
    seen = associated(world())
    seen.hosted_zone("Z2", "kms.eu-west-1.amazonaws.com", account=HUB)
    seen.refuse_item("route53:ListResourceRecordSets", "Z1")
    assert causes(asked(seen)) == {(Kind.REFUSED, HUB, "route53:ListResourceRecordSets", "Z1")}


def test_the_records_of_a_zone_with_a_persons_own_name_are_not_asked_for() -> None:
    seen = world()
    seen.hosted_zone("Z1", "example.com", [seen.vpcs["vpc-spoke"]], {"api.example.com": "vpce-hub"})
    found = asked(seen, "api.example.com")
    assert causes(found) == {(Kind.ABSENT_FIELD, seen.account, "route53:ListResourceRecordSets", "Z1")}
    assert led(seen) == (By.PUBLIC_DNS, "", "")


def test_a_zone_or_an_endpoint_of_a_profile_that_was_not_seen_may_hold_any_name() -> None:
    seen = world()
    seen.hosted_zone("Z1", "kms.eu-west-1.amazonaws.com", account="999999999999")
    seen.profile("rp-1", [seen.vpcs["vpc-spoke"]], ["Z1"])
    assert causes(asked(seen)) == {(Kind.NOT_AUDITED, "", "route53:ListHostedZones", "Z1")}
    seen = world()
    seen.profile("rp-1", [seen.vpcs["vpc-spoke"]], ["vpce-0unseen"], account="999999999999")
    assert causes(asked(seen)) == {(Kind.NOT_AUDITED, "999999999999", "", "")}
    seen = world()
    seen.profile("rp-1", [seen.vpcs["vpc-spoke"]], ["vpce-hub"], account=HUB)
    seen.refuse("route53profiles:ListProfileResourceAssociations")
    assert causes(asked(seen)) == {(Kind.REFUSED, seen.account, "route53profiles:ListProfileResourceAssociations", "")}


@pytest.mark.parametrize(
    ("action", "member"),
    [
        ("route53profiles:ListProfileAssociations", "ResourceId"),
        ("route53profiles:ListProfileAssociations", "ProfileId"),
        ("route53profiles:ListProfileResourceAssociations", "ResourceArn"),
    ],
)
def test_what_aws_left_out_of_a_profile_may_hold_any_name(action: str, member: str) -> None:
    seen = world()
    seen.profile("rp-1", [seen.vpcs["vpc-spoke"]], ["vpce-hub"], account=HUB)
    snapshot = seen.snapshot()
    for shard in snapshot.shards.values():
        for item in shard.items(action):
            for held in item.get("ProfileResourceAssociations", [item]):
                del held[member]
    network = network_of(snapshot)
    found = resolve(network, network.vpcs["vpc-spoke"], NAME, SQS)
    assert isinstance(found, Missing)
    assert {(cause.kind, cause.action) for cause in found.causes} == {(Kind.ABSENT_FIELD, action)}


def test_without_the_dns_attributes_a_name_that_a_zone_holds_is_unknown_and_another_is_not() -> None:
    seen = associated(world())
    seen.refuse("ec2:DescribeVpcAttribute", account=seen.account)
    assert causes(asked(seen)) == {(Kind.REFUSED, seen.account, "ec2:DescribeVpcAttribute", "")}
    assert led(seen, "kms.eu-west-1.amazonaws.com") == (By.PUBLIC_DNS, "", "")


def test_the_names_of_a_shared_vpc_are_its_owners_to_tell() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16", account=HUB)
    seen.share(seen.subnet("subnet-a", vpc, "10.0.0.0/24"), "333333333333")
    seen.drop_shard(HUB, asked=False)
    found = asked(seen, vpc="vpc-a")
    assert isinstance(found, Missing)
    assert {cause.kind for cause in found.causes} == {Kind.PARTICIPANT}


def test_a_zone_of_which_aws_left_out_the_name_may_hold_any() -> None:
    seen = associated(world())
    seen.change(
        "route53:ListHostedZonesByVPC",
        "vpc-spoke",
        HostedZoneSummaries=[{"HostedZoneId": "Z1", "Name": NAME, "Owner": {"OwningAccount": HUB}}],
    )
    assert led(seen) == (By.HOSTED_ZONE, "vpce-hub", "")
    shards = seen.snapshot()
    for shard in shards.shards.values():
        for item in shard.items("route53:ListHostedZonesByVPC"):
            for zone in item["HostedZoneSummaries"]:
                zone.pop("Name", None)
    network = network_of(shards)
    found = resolve(network, network.vpcs["vpc-spoke"], NAME, SQS)
    assert causes(found) == {(Kind.ABSENT_FIELD, seen.account, "route53:ListHostedZonesByVPC", "Z1")}


# --- The names of services --------------------------------------------------------------------------------------------


def names(seen: World, service: str) -> tuple[str, ...] | Missing:
    network: Network = network_of(seen)
    return names_of(network, network.vpcs["vpc-spoke"], service)


def test_a_service_is_called_by_the_names_that_aws_lists() -> None:
    assert names(world(), "com.amazonaws.eu-west-1.ecr.dkr") == ("*.dkr.ecr.eu-west-1.amazonaws.com",)
    assert names(world(), "com.amazonaws.eu-west-1.nothing") == ()


def test_dynamodb_has_a_name_though_no_endpoint_can_own_it() -> None:
    assert names(world(), "com.amazonaws.eu-west-1.dynamodb") == ("dynamodb.eu-west-1.amazonaws.com",)


def test_without_the_services_their_names_are_unknown() -> None:
    seen = world()
    seen.refuse("ec2:DescribeVpcEndpointServices")
    assert isinstance(names(seen, SQS), Missing)


def test_a_providers_name_counts_once_it_is_verified() -> None:
    seen = world()
    seen.service("com.amazonaws.vpce.eu-west-1.vpce-svc-1", owner="9", private_names=["a.example"], verified="failed")
    assert names(seen, "com.amazonaws.vpce.eu-west-1.vpce-svc-1") == ()


def test_private_dns_of_which_aws_left_out_whether_it_is_on_may_hold_any_name() -> None:
    seen = world(private_dns=True)
    seen.change("ec2:DescribeVpcEndpoints", "vpce-hub", PrivateDnsEnabled=ABSENT)
    assert causes(asked(seen, vpc="vpc-hub")) == {(Kind.ABSENT_FIELD, HUB, "ec2:DescribeVpcEndpoints", "vpce-hub")}
