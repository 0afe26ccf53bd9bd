import importlib
import pkgutil
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from botocore.model import ListShape, OperationModel

import collectors
from auditor.collect import collectors_for, open_session
from auditor.collector import Collector, Scope
from auditor.snapshot import Answer, Shard
from collectors import (
    COLLECTORS,
    client_vpn_target_networks,
    direct_connect_gateway_associations,
    hosted_zones_by_vpc,
    load_balancer_attributes,
    managed_prefix_list_entries,
    metric_data,
    profile_resource_associations,
    resource_record_sets,
    service_quotas,
    stale_security_groups,
    vpc_attributes,
    vpc_endpoint_service_permissions,
)

OWNER, OTHER = "111111111111", "222222222222"

each_collector = pytest.mark.parametrize("collector", COLLECTORS, ids=lambda each: each.action)


def operation(collector: Collector) -> OperationModel:
    return open_session(None).get_service_model(collector.service).operation_model(collector.operation)


def shard(**answers: list[dict[str, Any]]) -> Shard:
    return Shard(
        account_id=OWNER,
        region="eu-west-1",
        collected_at="2026-11-23T12:00:00Z",
        answers={name if ":" in name else f"ec2:{name}": Answer(items=items) for name, items in answers.items()},
    )


def calls(collector: Collector, held: Shard) -> list[dict[str, object]]:
    assert collector.parameters is not None
    return [dict(each) for each in collector.parameters(held)]


# --- The registry


def test_every_module_has_its_line_in_the_registry() -> None:
    modules = [importlib.import_module(f"collectors.{each.name}") for each in pkgutil.iter_modules(collectors.__path__)]
    assert [module.COLLECTOR for module in modules] == list(COLLECTORS)


def test_an_action_and_a_record_belong_to_one_collector() -> None:
    assert len({each.action for each in COLLECTORS}) == len(COLLECTORS)
    assert len({each.record for each in COLLECTORS}) == len(COLLECTORS)


def test_every_parent_has_a_collector() -> None:
    ordered = collectors_for([each.record for each in COLLECTORS], COLLECTORS)
    assert set(ordered) == set(COLLECTORS)
    for index, collector in enumerate(ordered):
        assert set(collector.parents) <= {each.record for each in ordered[:index]}


@each_collector
def test_a_collector_only_reads(collector: Collector) -> None:
    assert collector.operation.startswith(("Describe", "Get", "List", "Search"))


@each_collector
def test_a_collectors_call_is_one_that_aws_has(collector: Collector) -> None:
    called = operation(collector)
    assert called.output_shape is not None
    if collector.key:
        assert isinstance(called.output_shape.members[collector.key], ListShape)
    else:
        assert called.input_shape is not None
        assert collector.identity in called.input_shape.members


@each_collector
def test_a_collector_is_asked_once_with_a_key_or_by_parameters_with_an_identity(collector: Collector) -> None:
    once = (True, False, False, False)
    for_a_constant = (False, True, True, False)
    for_parents = (False, True, True, True)
    in_batches = (True, True, False, True)
    declared = (collector.key, collector.parameters, collector.identity, collector.parents)
    assert tuple(bool(each) for each in declared) in (once, for_a_constant, for_parents, in_batches)


def test_only_what_few_rules_read_may_be_missing_from_a_whole_audit() -> None:
    assert {each.action for each in COLLECTORS if each.optional} == {
        "organizations:ListAccounts",
        "directconnect:DescribeDirectConnectGatewayAssociations",
        "ec2:DescribeVpcEndpointConnectionNotifications",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeLoadBalancers",
        "route53:ListHostedZones",
        "route53:ListHostedZonesByVPC",
        "route53:ListResourceRecordSets",
        "route53profiles:ListProfileAssociations",
        "route53profiles:ListProfileResourceAssociations",
        "servicequotas:ListServiceQuotas",
        "cloudwatch:GetMetricData",
        "ec2:DescribeClientVpnEndpoints",
        "ec2:DescribeClientVpnTargetNetworks",
        "route53resolver:ListResolverEndpoints",
    }


def test_only_regions_accounts_and_hosted_zones_are_asked_once_an_account() -> None:
    assert {each.operation for each in COLLECTORS if each.scope is Scope.GLOBAL} == {
        "DescribeRegions",
        "ListAccounts",
        "ListHostedZones",
        "ListResourceRecordSets",
    }


# --- What is asked for parents


@pytest.mark.parametrize(
    "collector", [vpc_attributes.COLLECTOR, stale_security_groups.COLLECTOR], ids=lambda each: each.action
)
def test_what_aws_answers_to_a_vpcs_owner_alone_is_not_asked_for_a_shared_vpc(collector: Collector) -> None:
    held = shard(DescribeVpcs=[{"VpcId": "vpc-mine", "OwnerId": OWNER}, {"VpcId": "vpc-theirs", "OwnerId": OTHER}])
    assert {each["VpcId"] for each in calls(collector, held)} == {"vpc-mine"}


def test_the_zones_of_each_owned_vpc_are_asked_for_in_its_region() -> None:
    held = shard(DescribeVpcs=[{"VpcId": "vpc-mine", "OwnerId": OWNER}, {"VpcId": "vpc-theirs", "OwnerId": OTHER}])
    assert calls(hosted_zones_by_vpc.COLLECTOR, held) == [{"VPCId": "vpc-mine", "VPCRegion": "eu-west-1"}]


def zone(zone_id: str, name: str, *, private: bool = True) -> dict[str, Any]:
    return {"Id": f"/hostedzone/{zone_id}", "Name": name, "Config": {"PrivateZone": private}}


def test_records_are_asked_for_of_private_zones_with_names_of_awss_own_alone() -> None:
    zones = [
        zone("Z1", "sqs.eu-west-1.amazonaws.com."),
        zone("Z2", "example.com."),
        zone("Z3", "amazonaws.com."),
        zone("Z4", "notamazonaws.com."),
        zone("Z5", "sqs.eu-west-1.amazonaws.com.", private=False),
        zone("Z6", "SQS.cn-north-1.amazonaws.com.cn"),
        {"Id": "/hostedzone/Z7"},
    ]
    held = shard(**{"route53:ListHostedZones": zones})
    asked = calls(resource_record_sets.COLLECTOR, held)
    assert asked == [{"HostedZoneId": zone_id} for zone_id in ("Z1", "Z3", "Z6")]


def test_what_a_profile_brings_is_asked_for_once_a_profile() -> None:
    associations = [{"Id": "rpassoc-1", "ProfileId": "rp-1"}, {"Id": "rpassoc-2", "ProfileId": "rp-1"}, {"Id": "x"}]
    held = shard(**{"route53profiles:ListProfileAssociations": associations})
    assert calls(profile_resource_associations.COLLECTOR, held) == [{"ProfileId": "rp-1"}]


def test_a_vpc_of_which_aws_names_no_owner_is_asked_for() -> None:
    held = shard(DescribeVpcs=[{"VpcId": "vpc-1"}])
    assert calls(stale_security_groups.COLLECTOR, held) == [{"VpcId": "vpc-1"}]


def test_each_dns_switch_of_each_vpc_is_a_call() -> None:
    held = shard(DescribeVpcs=[{"VpcId": "vpc-1", "OwnerId": OWNER}, {"VpcId": "vpc-2", "OwnerId": OWNER}])
    assert calls(vpc_attributes.COLLECTOR, held) == [
        {"VpcId": vpc_id, "Attribute": switch}
        for vpc_id in ("vpc-1", "vpc-2")
        for switch in ("enableDnsSupport", "enableDnsHostnames")
    ]


def test_each_prefix_list_in_use_is_asked_once_wherever_it_is_referred_to() -> None:
    held = shard(
        DescribeRouteTables=[
            {"Routes": [{"DestinationPrefixListId": "pl-2"}, {"DestinationCidrBlock": "10.0.0.0/16"}]},
            {"Routes": [{"DestinationPrefixListId": "pl-1"}]},
            {},
        ],
        DescribeSecurityGroups=[
            {"IpPermissions": [{"PrefixListIds": [{"PrefixListId": "pl-1"}, {"PrefixListId": "pl-3"}]}]},
            {"IpPermissionsEgress": [{"PrefixListIds": [{"PrefixListId": "pl-4"}]}, {"IpProtocol": "-1"}]},
        ],
    )
    asked = calls(managed_prefix_list_entries.COLLECTOR, held)
    assert asked == [{"PrefixListId": f"pl-{number}"} for number in (1, 2, 3, 4)]


def test_direct_connect_is_asked_for_virtual_private_gateways_that_are_attached() -> None:
    held = shard(
        DescribeVpnGateways=[
            {"VpnGatewayId": "vgw-1", "VpcAttachments": [{"State": "detached"}, {"State": "attached"}]},
            {"VpnGatewayId": "vgw-2", "VpcAttachments": [{"State": "detached"}]},
            {"VpnGatewayId": "vgw-3"},
        ]
    )
    assert calls(direct_connect_gateway_associations.COLLECTOR, held) == [{"associatedGatewayId": "vgw-1"}]


def test_the_quotas_of_amazon_vpc_are_asked_for_whatever_is_there() -> None:
    assert calls(service_quotas.COLLECTOR, shard()) == [{"ServiceCode": "vpc"}]


def test_each_service_is_asked_who_may_connect() -> None:
    held = shard(DescribeVpcEndpointServiceConfigurations=[{"ServiceId": "vpce-svc-1"}, {"ServiceId": "vpce-svc-2"}])
    asked = calls(vpc_endpoint_service_permissions.COLLECTOR, held)
    assert asked == [{"ServiceId": "vpce-svc-1"}, {"ServiceId": "vpce-svc-2"}]


def test_the_settings_are_asked_of_load_balancers_that_are_there_and_stand_behind_a_service() -> None:
    held = shard(
        DescribeVpcEndpointServiceConfigurations=[
            {"ServiceId": "vpce-svc-1", "NetworkLoadBalancerArns": ["net-2", "net-gone"]},
            {"ServiceId": "vpce-svc-2", "GatewayLoadBalancerArns": ["gwy-1"]},
            {"ServiceId": "vpce-svc-3"},
        ]
    )
    listed = [{"LoadBalancerArn": arn} for arn in ("gwy-1", "net-2", "net-of-nobody")]
    answers = {**held.answers, "elasticloadbalancing:DescribeLoadBalancers": Answer(items=listed)}
    asked = calls(load_balancer_attributes.COLLECTOR, msgspec.structs.replace(held, answers=answers))
    assert asked == [{"LoadBalancerArn": "gwy-1"}, {"LoadBalancerArn": "net-2"}]


def test_each_client_vpn_endpoint_is_asked_for_its_target_networks() -> None:
    held = shard(DescribeClientVpnEndpoints=[{"ClientVpnEndpointId": "cvpn-endpoint-1"}])
    assert calls(client_vpn_target_networks.COLLECTOR, held) == [{"ClientVpnEndpointId": "cvpn-endpoint-1"}]


# --- Metrics


def metric(name: str, resource: str, namespace: str, statistic: str, **dimensions: str) -> dict[str, Any]:
    """A query without its id."""
    named = [{"Name": key.replace("_", " "), "Value": value} for key, value in dimensions.items()]
    return {
        "Label": f"{resource} {name}",
        "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": named},
            "Period": 86_400,
            "Stat": statistic,
        },
    }


def test_nat_gateways_and_interface_endpoints_are_asked_for_by_two_metrics_each() -> None:
    endpoints = [
        {"VpcEndpointId": f"vpce-{kind}", "VpcEndpointType": kind, "ServiceName": "a.service", "VpcId": "vpc-1"}
        for kind in ("Gateway", "Interface", "GatewayLoadBalancer")
    ]
    held = shard(DescribeNatGateways=[{"NatGatewayId": "nat-1"}], DescribeVpcEndpoints=endpoints)
    dimensions = {
        "Endpoint_Type": "Interface",
        "Service_Name": "a.service",
        "VPC_Endpoint_Id": "vpce-Interface",
        "VPC_Id": "vpc-1",
    }
    queries = [
        metric("BytesOutToDestination", "nat-1", "AWS/NATGateway", "Sum", NatGatewayId="nat-1"),
        metric("BytesOutToSource", "nat-1", "AWS/NATGateway", "Sum", NatGatewayId="nat-1"),
        metric("BytesProcessed", "vpce-Interface", "AWS/PrivateLinkEndpoints", "Sum", **dimensions),
        metric("ActiveConnections", "vpce-Interface", "AWS/PrivateLinkEndpoints", "Maximum", **dimensions),
    ]
    assert calls(metric_data.COLLECTOR, held) == [
        {
            "StartTime": datetime(2026, 10, 24, 12, tzinfo=UTC),
            "EndTime": datetime(2026, 11, 23, 12, tzinfo=UTC),
            "MetricDataQueries": [{"Id": f"q{number}", **query} for number, query in enumerate(queries)],
        }
    ]


def test_a_call_asks_for_500_metrics_and_the_next_for_the_rest_of_the_same_days() -> None:
    gateways = [f"nat-{number}" for number in range(260)]
    held = shard(DescribeNatGateways=[{"NatGatewayId": gateway} for gateway in gateways], DescribeVpcEndpoints=[])
    asked = calls(metric_data.COLLECTOR, held)
    batches: list[Any] = [call["MetricDataQueries"] for call in asked]
    assert [[query["Id"] for query in batch] for batch in batches] == [
        [f"q{number}" for number in range(size)] for size in (500, 20)
    ]
    assert [query["Label"] for batch in batches for query in batch] == [
        f"{gateway} {name}" for gateway in gateways for name in ("BytesOutToDestination", "BytesOutToSource")
    ]
    window = (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert [(call["StartTime"], call["EndTime"]) for call in asked] == [window, window]


def test_where_nothing_has_metrics_none_are_asked_for() -> None:
    assert calls(metric_data.COLLECTOR, shard(DescribeNatGateways=[], DescribeVpcEndpoints=[])) == []
