import pytest
from moto import mock_aws

from auditor.findings import Confidence, Operation, Severity
from checks.endpoint_services.single_az import endpoint_service_single_az
from tests.checks.endpoint_services.provider import (
    ATTRIBUTES,
    BALANCERS,
    CONFIGURATIONS,
    CONNECTIONS,
    CONSUMER,
    GONE,
    HOME,
    SERVICE,
    arn_of,
    provided,
    provided_in_moto,
)
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, REGION, World

SUBNETS, ENDPOINTS = "ec2:DescribeSubnets", "ec2:DescribeVpcEndpoints"


def named(world: World) -> str:
    return arn_of(world).rpartition(":loadbalancer/")[2]


def test_a_service_in_one_zone_needs_a_second() -> None:
    seen = provided(zones="a")
    (finding,) = faults(judged(seen, endpoint_service_single_az))
    assert (finding.severity, finding.confidence, finding.key) == (Severity.MEDIUM, Confidence.CERTAIN, "")
    assert finding.message == (
        f"vpce-svc-1 (shop) of account 111111111111 stands in eu-west-1a alone, with {named(seen)}; enable a second "
        "Availability Zone at the load balancer"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.vpce.eu-west-1.vpce-svc-1",
        "acceptance_required": True,
        "manages_vpc_endpoints": False,
        "zones": ["eu-west-1a"],
        "load_balancers": [named(seen)],
    }
    assert finding.remedy == ()


def test_a_service_that_makes_its_endpoints_itself_is_only_told_of() -> None:
    (finding,) = faults(judged(provided(zones="a", managed=True), endpoint_service_single_az))
    assert finding.severity is Severity.INFO


def test_two_load_balancers_of_one_zone_each_are_enough() -> None:
    seen = World()
    vpc = seen.vpc("vpc-p", "10.0.0.0/16")
    first = seen.load_balancer("first", seen.subnet("subnet-a", vpc, "10.0.0.0/24"))
    second = seen.load_balancer("second", seen.subnet("subnet-b", vpc, "10.0.1.0/24", az="eu-west-1b"))
    seen.endpoint_service(SERVICE, first, second)
    findings = judged(seen, endpoint_service_single_az)
    assert passes(findings) == findings != []


def test_a_gateway_load_balancer_is_judged_alike() -> None:
    assert len(faults(judged(provided(zones="a", balancer={"kind": "gateway"}), endpoint_service_single_az))) == 1


def consumed(zone: str = "c", *, cross_zone: bool = False) -> World:
    seen = provided(CONSUMER, balancer={"cross_zone": cross_zone})
    vpc = seen.vpc("vpc-c", "10.1.0.0/16", account=CONSUMER)
    subnet = seen.subnet("subnet-consumer", vpc, "10.1.0.0/24", az=f"{REGION}{zone}")
    seen.interface_endpoint("vpce-c", vpc, f"com.amazonaws.vpce.{REGION}.{SERVICE}", [subnet])
    seen.endpoint_connection(SERVICE, "vpce-c", CONSUMER)
    return seen


def test_a_consumer_in_a_zone_without_the_service_needs_that_zone_or_cross_zone_load_balancing() -> None:
    seen = consumed()
    (finding,) = faults(judged(seen, endpoint_service_single_az))
    assert (finding.severity, finding.confidence, finding.key) == (Severity.LOW, Confidence.HEURISTIC, "")
    assert finding.message == (
        "vpce-c is connected to vpce-svc-1 (shop) of account 111111111111 from euw1-az3, and the service stands in "
        "euw1-az1, euw1-az2 with cross-zone load balancing off; enable that zone at the load balancer, or cross-zone "
        "load balancing"
    )
    assert finding.evidence["zones_of_consumers_without_it"] == ["euw1-az3"]
    assert finding.related == ("vpce-c",)
    assert finding.remedy == (
        Operation(
            "elbv2:ModifyLoadBalancerAttributes",
            {
                "LoadBalancerArn": arn_of(seen),
                "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}],
            },
            HOME,
        ),
    )


@pytest.mark.parametrize("seen", [consumed("b"), consumed("c", cross_zone=True)], ids=["its zone", "cross-zone"])
def test_a_consumer_whose_zone_is_served_passes(seen: World) -> None:
    findings = judged(seen, endpoint_service_single_az)
    assert passes(findings) == findings != []


def test_zones_are_compared_by_their_ids() -> None:
    seen = consumed("b")
    # In this account, the names of two zones are the other way round.
    seen.change(SUBNETS, "subnet-consumer", AvailabilityZoneId="euw1-az3")
    assert len(faults(judged(seen, endpoint_service_single_az))) == 1


@pytest.mark.parametrize("action", [CONNECTIONS, ENDPOINTS, SUBNETS, ATTRIBUTES, BALANCERS])
def test_the_zones_of_consumers_are_unknown_where_an_answer_is_missing(action: str) -> None:
    seen = consumed()
    seen.refuse(action)
    (finding,) = unknowns(judged(seen, endpoint_service_single_az))
    assert finding.message == "whether vpce-svc-1 (shop) stands in the zones of its consumers was not seen"


def test_the_services_own_zones_are_unknown_where_aws_named_them_alone_and_its_subnets_were_refused() -> None:
    seen = consumed()
    seen.change(CONFIGURATIONS, SERVICE, AvailabilityZoneIds=ABSENT)
    seen.refuse(SUBNETS, account="111111111111")
    assert len(unknowns(judged(seen, endpoint_service_single_az))) == 1


def test_cross_zone_load_balancing_makes_up_for_what_was_not_seen() -> None:
    seen = consumed(cross_zone=True)
    seen.refuse(CONNECTIONS)
    findings = judged(seen, endpoint_service_single_az)
    assert passes(findings) == findings != []


def test_zones_that_aws_left_out_are_unknown() -> None:
    seen = provided(zones="a")
    seen.change(CONFIGURATIONS, SERVICE, AvailabilityZones=ABSENT, AvailabilityZoneIds=ABSENT)
    (finding,) = unknowns(judged(seen, endpoint_service_single_az))
    assert finding.message == "in which zones vpce-svc-1 (shop) stands was not seen"


def test_a_service_without_a_load_balancer_is_another_rules_matter() -> None:
    seen = World()
    seen.endpoint_service(SERVICE)
    assert judged(seen, endpoint_service_single_az) == []


def test_a_service_of_moto_in_one_zone_fails() -> None:
    with mock_aws():
        service_id = provided_in_moto(zones="a")
        findings = faults(judged(collected(), endpoint_service_single_az))
    assert [finding.resource.id for finding in findings] == [service_id]


@pytest.mark.parametrize("state", GONE)
def test_a_service_that_failed_or_goes_is_another_rules_matter(state: str) -> None:
    assert judged(provided(zones="a", state=state), endpoint_service_single_az) == []


def test_services_that_were_refused_are_unknown() -> None:
    seen = provided(zones="a")
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_single_az))] == ["target"]


def test_the_rule_reads_what_it_says() -> None:
    seen = consumed()
    assert judged_on_reads(seen, endpoint_service_single_az) == judged(seen, endpoint_service_single_az) != []
