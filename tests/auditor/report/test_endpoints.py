import csv
import io
import json

import pytest

from auditor.network.service_ways import ways_of
from auditor.report.document import Look
from auditor.report.endpoints import COLUMNS, FORMATS, VpcWays
from tests.networks import network_of
from tests.test_hostile_names import NAMES, harmful
from tests.world import World

S3, SQS = "com.amazonaws.eu-west-1.s3", "com.amazonaws.eu-west-1.sqs"

HEADER = (
    "account,region,vpc,vpc_name,service,subnet_class,subnets,way,endpoint,decided_by,name,endpoint_type,"
    "security_groups,policy,route_tables,network_interfaces,hourly_charge"
)

TABLE = """\
vpc-a (shop) in 111111111111 eu-west-1

  service                     subnets    way                 endpoint      decided by
  --------------------------  ---------  ------------------  ------------  ----------------------------------------
  com.amazonaws.eu-west-1.s3  isolated   gateway-endpoint    vpce-gateway  route pl-1 to vpce-gateway of rtb-a
                              subnet-a
  com.amazonaws.eu-west-1.s3  none       interface-endpoint  vpce-both     its own name alone: private DNS is off

  endpoint      type       security groups    policy       route tables    network interfaces    by the hour
  ------------  ---------  -----------------  -----------  --------------  --------------------  -------------
  vpce-gateway  Gateway    -                  restricted   rtb-a           -                     no
  vpce-both     Interface  sg-clients         full access  -               eni-1                 yes

2 ways of 1 VPC: 1 gateway-endpoint, 1 interface-endpoint.
"""


def world(name: str = "shop") -> World:
    """A VPC with a gateway endpoint and an interface endpoint for S3, and one for SQS."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name=name)
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24")
    made.security_group("sg-clients", vpc)
    table = made.route_table("rtb-a", vpc, [subnet])
    made.gateway_endpoint("vpce-gateway", vpc, "s3", [table], policy={"Statement": []})
    made.interface_endpoint("vpce-both", vpc, "s3", [subnet], groups=["sg-clients"], private_dns=False)
    made.interface_endpoint("vpce-sqs", vpc, "sqs", [subnet], groups=["sg-clients"], policy="{")
    return made


def rendered(seen: World, form: str, *services: str, look: Look | None = None) -> str:
    network = network_of(seen)
    vpcs = [
        VpcWays(vpc, tuple(way for name in services for way in ways_of(network, vpc, name)))
        for vpc in network.vpcs.values()
    ]
    return "".join(FORMATS[form](vpcs, None, look or Look()))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_the_differences_between_gateway_and_interface_endpoints_can_be_read_off() -> None:
    gateway, interface = rows(rendered(world(), "csv", S3))
    assert (gateway["way"], gateway["endpoint_type"]) == ("gateway-endpoint", "Gateway")
    assert (interface["way"], interface["endpoint_type"]) == ("interface-endpoint", "Interface")
    # A security group guards an interface endpoint; a gateway endpoint has a policy alone.
    assert (gateway["security_groups"], gateway["policy"]) == ("", "restricted")
    assert (interface["security_groups"], interface["policy"]) == ("sg-clients", "full access")
    # Route tables are changed for a gateway endpoint, and not for an interface endpoint.
    assert (gateway["route_tables"], interface["route_tables"]) == ("rtb-a", "")
    # An interface endpoint has network interfaces, and its own name; a gateway endpoint has none.
    assert gateway["network_interfaces"] == ""
    assert interface["network_interfaces"].startswith("eni-")
    assert interface["name"].startswith("vpce-both-")
    # A gateway endpoint is free.
    assert (gateway["hourly_charge"], interface["hourly_charge"]) == ("no", "yes")


def test_the_table_shows_the_ways_and_then_the_endpoints() -> None:
    shown = rendered(world(), "table", S3, look=Look(width=140))
    network = network_of(world())
    (interface,) = network.endpoints["vpce-both"].record.network_interface_ids or ()
    prefix_list = next(found for found, name in network.gateway_services("eu-west-1").items() if name == S3)
    expected = TABLE.replace("pl-1", prefix_list).replace("eni-1", interface)
    assert [line.split() for line in shown.splitlines()] == [
        line.split() if "---" not in line else found.split()
        for line, found in zip(expected.splitlines(), shown.splitlines(), strict=True)
    ]


@pytest.mark.parametrize("width", [40, 80, 100])
def test_a_narrower_terminal_has_fewer_columns_and_shows_the_same(width: int) -> None:
    shown = rendered(world(), "table", S3, look=Look(width=width))
    assert max(map(len, shown.splitlines())) <= width
    for each in ("vpce-gateway", "vpce-both", "sg-clients", "rtb-a", "subnet-a", "restricted", "full access"):
        assert each in shown


def test_csv_has_the_columns_of_the_contract_and_a_row_for_each_way() -> None:
    text = rendered(world(), "csv", SQS)
    assert text.startswith(f"{HEADER}\r\n")
    (row,) = rows(text)
    interface = row.pop("network_interfaces")
    assert row == {
        "account": "111111111111",
        "region": "eu-west-1",
        "vpc": "vpc-a",
        "vpc_name": "shop",
        "service": SQS,
        "subnet_class": "isolated",
        "subnets": "subnet-a",
        "way": "interface-endpoint",
        "endpoint": "vpce-sqs",
        "decided_by": "private DNS of vpce-sqs",
        "name": "sqs.eu-west-1.amazonaws.com",
        "endpoint_type": "Interface",
        "security_groups": "sg-clients",
        "policy": "unreadable",
        "route_tables": "",
        "hourly_charge": "yes",
    }
    assert interface.startswith("eni-")


def test_json_has_the_same_with_lists_for_ids() -> None:
    found = json.loads(rendered(world(), "json", S3, SQS))
    assert [tuple(each) for each in found] == [COLUMNS] * 3
    assert found[0]["subnets"] == ["subnet-a"]
    assert found[0]["route_tables"] == ["rtb-a"]
    assert found[0]["security_groups"] == []


def test_without_vpcs_csv_is_its_header_and_json_an_empty_list() -> None:
    assert rendered(World(), "csv", S3) == f"{HEADER}\r\n"
    assert json.loads(rendered(World(), "json", S3)) == []
    assert rendered(World(), "table", S3) == "0 ways of 0 VPCs.\n"


def test_a_vpc_without_ways_is_named_all_the_same() -> None:
    assert "It has no subnets, or is not known to be offered any of the services." in rendered(world(), "table")


def test_what_was_not_seen_is_told_below_the_table() -> None:
    seen = world()
    seen.refuse("ec2:DescribeRouteTables")
    shown = rendered(seen, "table", S3)
    assert "1 unknown" in shown
    assert "class not known" in shown
    assert "Not seen: 111111111111 eu-west-1 ec2:DescribeRouteTables (UnauthorizedOperation)." in " ".join(
        shown.split()
    )


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_can_do_nothing(form: str, name: str) -> None:
    assert harmful(rendered(world(name), form, S3).replace("\r\n", "\n")) <= {"\n"}
