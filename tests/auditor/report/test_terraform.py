"""All Terraform that the program writes, read by a parser and held to the provider's documentation."""

import itertools
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest

from auditor.assess import assess
from auditor.findings import Finding, Operation, Status
from auditor.permissions import Role, policy, terraform
from auditor.report import remedies
from auditor.report.document import Look
from auditor.report.peering_plan import FORMATS
from checks import CHECKS
from collectors import COLLECTORS
from tests.auditor.report.test_peering_plan import apart, planned
from tests.auditor.report.test_remedies import OPERATIONS
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, two_vpcs
from tests.demo_snapshot import demo
from tests.rounds import ROUNDS
from tests.terraform import Expression, Resource, document, resources
from tests.world import World

pytestmark = pytest.mark.xdist_group("demo")

ROUTE_TARGETS = {
    "egress_only_gateway_id",
    "gateway_id",
    "nat_gateway_id",
    "network_interface_id",
    "transit_gateway_id",
    "vpc_endpoint_id",
    "vpc_peering_connection_id",
}
DESTINATIONS = {"destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"}
PEERS = {"cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"}
GROUP_RULE = ({"security_group_id", "ip_protocol"}, [PEERS], {"from_port", "to_port", "description"})

PROVIDER: Mapping[str, tuple[set[str], list[set[str]], set[str]]] = {
    "aws_network_acl_rule": (
        {"network_acl_id", "rule_number", "protocol", "rule_action"},
        [{"cidr_block", "ipv6_cidr_block"}],
        {"egress", "from_port", "to_port", "icmp_type", "icmp_code"},
    ),
    "aws_route": ({"route_table_id"}, [DESTINATIONS, ROUTE_TARGETS], set()),
    "aws_vpc_endpoint": (
        {"vpc_id", "service_name"},
        [],
        {
            "ip_address_type",
            "policy",
            "private_dns_enabled",
            "route_table_ids",
            "security_group_ids",
            "subnet_ids",
            "vpc_endpoint_type",
        },
    ),
    "aws_vpc_endpoint_connection_accepter": ({"vpc_endpoint_service_id", "vpc_endpoint_id"}, [], set()),
    "aws_vpc_endpoint_policy": ({"vpc_endpoint_id"}, [], {"policy"}),
    "aws_vpc_endpoint_route_table_association": ({"vpc_endpoint_id", "route_table_id"}, [], set()),
    "aws_vpc_endpoint_security_group_association": ({"vpc_endpoint_id", "security_group_id"}, [], set()),
    "aws_vpc_endpoint_subnet_association": ({"vpc_endpoint_id", "subnet_id"}, [], set()),
    "aws_vpc_endpoint_service_private_dns_verification": ({"service_id"}, [], {"wait_for_verification"}),
    "aws_vpc_peering_connection": (
        {"vpc_id", "peer_vpc_id"},
        [],
        {"peer_owner_id", "peer_region", "auto_accept"},
    ),
    "aws_vpc_peering_connection_accepter": ({"vpc_peering_connection_id"}, [], {"auto_accept"}),
    "aws_vpc_peering_connection_options": ({"vpc_peering_connection_id"}, [], {"requester", "accepter"}),
    "aws_vpc_security_group_egress_rule": GROUP_RULE,
    "aws_vpc_security_group_ingress_rule": GROUP_RULE,
}
"""By the kind of resource: the arguments that it must have, those of which it has exactly one, and the others.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs
"""

WITHOUT = {"ec2:RejectVpcEndpointConnections", "ec2:RejectVpcPeeringConnection"}
"""The steps that Terraform has nothing for: it knows only requests that were made or accepted with it."""

HOSTILE = (
    'x" \\ ${file("/etc/passwd")} %{ if true }',
    '\nresource "null_resource" "x" {}\n',
    "*/ # // /* <<EOF\nEOF",
    "}\r\n\t\x1b[2J\u202e\u2028\U000e0041é東",
    "$${} %%{} $",
)


def held(declared: Collection[Resource]) -> Collection[Resource]:
    """The resources, each with the arguments that the provider takes."""
    for each in declared:
        required, one_of, others = PROVIDER[each.kind]
        names = set(each.arguments)
        assert required <= names, (each.kind, names)
        assert [len(names & choice) for choice in one_of] == [1] * len(one_of), (each.kind, names)
        assert names <= required.union(others, *one_of), (each.kind, names)
    return declared


# --- The steps of remedies --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def faults() -> list[Finding]:
    findings = assess(demo().snapshot, COLLECTORS, CHECKS, demo().settings).findings
    return [finding for finding in findings if finding.status is Status.FAIL and finding.remedy]


def some_of_each_rule(faults: list[Finding]) -> Iterator[Finding]:
    """The parser takes its time, and the findings of a rule write much the same."""
    for _, found in itertools.groupby(sorted(faults, key=lambda each: each.rule), lambda each: each.rule):
        yield from itertools.islice(found, ROUNDS)


def test_what_is_written_for_findings_of_the_demo_is_terraform(faults: list[Finding]) -> None:
    assert len({finding.rule for finding in faults}) > 30
    for finding in some_of_each_rule(faults):
        written = [remedies.terraform(step) for step in finding.remedy]
        held(resources("\n\n".join(written)))
        assert {step.operation for step, text in zip(finding.remedy, written, strict=True) if not text} <= WITHOUT


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_written_for_an_operation_is_terraform(name: str) -> None:
    held(resources(remedies.terraform(OPERATIONS[name])))


def test_a_route_holds_what_the_operation_says() -> None:
    (route,) = resources(remedies.terraform(OPERATIONS["a route for IPv6"]))
    assert (route.kind, route.arguments) == (
        "aws_route",
        {
            "route_table_id": "rtb-1",
            "destination_ipv6_cidr_block": "2001:db8::/32",
            "vpc_peering_connection_id": "pcx-0a1b2c3d4e5f60718",
        },
    )


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("name", OPERATIONS)
def test_no_value_is_more_than_a_string(name: str, value: str) -> None:
    step = OPERATIONS[name]
    numbered = (f"{value}{number}" for number in itertools.count())
    before = held(resources(remedies.terraform(step)))
    after = held(resources(remedies.terraform(Operation(step.operation, _with(step.parameters, numbered)))))
    for old, new in zip(before, after, strict=True):
        assert (old.kind, sorted(old.arguments)) == (new.kind, sorted(new.arguments))
        assert len(list(old.strings())) == len(list(new.strings()))
        assert all(value in text for text in new.strings() if text not in PROTOCOLS)


PROTOCOLS = ("tcp", "udp", "-1")


def _with(value: Any, texts: Iterator[str]) -> Any:
    """A value in which every text but a protocol is another one."""
    if isinstance(value, Mapping):
        return {name: _with(each, texts) for name, each in value.items()}
    if isinstance(value, list):
        return [_with(each, texts) for each in value]
    return next(texts) if isinstance(value, str) and value not in PROTOCOLS else value


# --- Plans ------------------------------------------------------------------------------------------------------------


def worlds() -> Iterator[tuple[str, World, tuple[str, str]]]:
    both = ("vpc-a", "vpc-b")
    yield "two accounts", apart(), both
    yield "one account", apart(b_account="111111111111"), both
    yield "a new VPC", apart(), ("vpc-a", "10.9.0.0/16")
    yield "a connection that stands", two_vpcs(b_routes={}), both
    yield "a request that waits", two_vpcs("pending-acceptance", b_routes={}, b_account=OTHER_ACCOUNT), both


@pytest.mark.parametrize(("world", "ends"), [each[1:] for each in worlds()], ids=[each[0] for each in worlds()])
def test_a_plan_is_terraform_and_its_routes_lead_over_the_connection(world: World, ends: tuple[str, str]) -> None:
    text = FORMATS["terraform"](planned(world, *ends), Look())
    declared = held(resources(text))
    new = [each.name for each in declared if each.kind == "aws_vpc_peering_connection"]
    connection = Expression(f"aws_vpc_peering_connection.{new[0]}.id") if new else "pcx-1"
    routes = [each.arguments for each in declared if each.kind == "aws_route"]
    assert [route["vpc_peering_connection_id"] for route in routes] == [connection] * len(routes) != []
    variables = [name for block in document(text).get("variable", ()) for name in block]
    assert variables == (['"new_vpc_id"'] if ends[1] not in world.vpcs else [])


@pytest.mark.parametrize("value", HOSTILE)
def test_no_name_of_a_vpc_is_more_than_a_comment_of_a_plan(value: str) -> None:
    assert resources(FORMATS["terraform"](planned(apart(name=value)), Look())) == resources(
        FORMATS["terraform"](planned(apart()), Look())
    )


# --- Permissions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("external_id", [None, "secret"])
@pytest.mark.parametrize("principals", [(), ("arn:aws:iam::111111111111:role/audit", "222222222222")])
@pytest.mark.parametrize("path", ["/", "/security/"])
def test_the_role_of_a_run_is_terraform(external_id: str | None, principals: tuple[str, ...], path: str) -> None:
    permissions = policy(COLLECTORS, "aws")
    role = Role(name="audit", path=path, principals=principals, external_id=external_id)
    text = terraform(role, permissions)
    made, granted = resources(text)
    assert (made.kind, made.arguments["name"]) == ("aws_iam_role", "audit")
    assert made.arguments.get("path", "/") == path
    assert made.arguments["assume_role_policy"] == Expression("data.aws_iam_policy_document.vpc_auditor_trust.json")
    assert granted.kind == "aws_iam_role_policy"
    assert granted.arguments["role"] == Expression("aws_iam_role.vpc_auditor.id")
    actions = r'"([a-z0-9-]+:[A-Z]\w+)"'
    assert re.findall(actions, granted.arguments["policy"].text) == re.findall(actions, json.dumps(permissions)) != []
    read = document(text)
    (trust,) = read["data"][0]['"aws_iam_policy_document"']['"vpc_auditor_trust"']["statement"]
    (whom,) = trust["principals"]
    assert whom["identifiers"] == ([f'"{each}"' for each in principals] or "${var.principals}")
    assert [each["values"] for each in trust.get("condition", ())] == ([['"secret"']] if external_id else [])
    assert len(read.get("variable", ())) == (0 if principals else 1)
