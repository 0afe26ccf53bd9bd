import json
import re
import shlex

import pytest

from auditor.peering_plan import PeeringPlan, plan
from auditor.report.document import Look
from auditor.report.peering_plan import FORMATS
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, two_vpcs
from tests.networks import network_of
from tests.test_hostile_names import NAMES, harmful
from tests.world import ACCOUNT, World

TABLE = """\
vpc-a (front) and vpc-b (back) can be peered.

  side       VPC            account       region     blocks
  ---------  -------------  ------------  ---------  -----------
  requester  vpc-a (front)  111111111111  eu-west-1  10.0.0.0/16
  accepter   vpc-b (back)   222222222222  eu-west-1  10.1.0.0/16

What stands against it and what to know:
  note: vpc-a (front) can be given no other CIDR block while the request waits; afterwards, neither
    it nor vpc-b (back) can be given one that overlaps the other VPC, or that equals or holds a
    destination of its own routes.

Routes that each side needs:

  VPC    route table    subnets    in use    destination    step
  -----  -------------  ---------  --------  -------------  ------
  vpc-a  rtb-a          1          yes       10.1.0.0/16    create
  vpc-b  rtb-b          1          yes       10.0.0.0/16    create

AWS CLI:

"""

SCRIPT = """\
# In account 111111111111, Region eu-west-1:
VPC_PEERING_CONNECTION_ID=$(aws ec2 create-vpc-peering-connection --vpc-id vpc-a --peer-vpc-id vpc-b \
--peer-owner-id 222222222222 --region eu-west-1 \
--query VpcPeeringConnection.VpcPeeringConnectionId --output text)
# In account 222222222222, Region eu-west-1:
aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id "$VPC_PEERING_CONNECTION_ID" --region eu-west-1
# In account 111111111111, Region eu-west-1:
aws ec2 create-route --route-table-id rtb-a --destination-cidr-block 10.1.0.0/16 \
--vpc-peering-connection-id "$VPC_PEERING_CONNECTION_ID" --region eu-west-1
# In account 222222222222, Region eu-west-1:
aws ec2 create-route --route-table-id rtb-b --destination-cidr-block 10.0.0.0/16 \
--vpc-peering-connection-id "$VPC_PEERING_CONNECTION_ID" --region eu-west-1
"""

CONFIGURATION = """\
# In account 111111111111, Region eu-west-1:
resource "aws_vpc_peering_connection" "vpc_a_vpc_b" {
  vpc_id        = "vpc-a"
  peer_vpc_id   = "vpc-b"
  peer_owner_id = "222222222222"
}

# In account 222222222222, Region eu-west-1:
resource "aws_vpc_peering_connection_accepter" "vpc_a_vpc_b" {
  vpc_peering_connection_id = aws_vpc_peering_connection.vpc_a_vpc_b.id
  auto_accept               = true
}

# In account 111111111111, Region eu-west-1:
resource "aws_route" "rtb_a_10_1_0_0_16" {
  route_table_id            = "rtb-a"
  destination_cidr_block    = "10.1.0.0/16"
  vpc_peering_connection_id = aws_vpc_peering_connection.vpc_a_vpc_b.id
}

# In account 222222222222, Region eu-west-1:
resource "aws_route" "rtb_b_10_0_0_0_16" {
  route_table_id            = "rtb-b"
  destination_cidr_block    = "10.0.0.0/16"
  vpc_peering_connection_id = aws_vpc_peering_connection.vpc_a_vpc_b.id
}
"""


def apart(*, b_block: str = "10.1.0.0/16", b_account: str = OTHER_ACCOUNT, name: str = "front") -> World:
    world = World()
    a = world.vpc("vpc-a", "10.0.0.0/16", name=name)
    b = world.vpc("vpc-b", b_block, name="back", account=b_account)
    for vpc in (a, b):
        subnet = world.subnet(f"subnet-{vpc.id[-1]}", vpc, vpc.ipv4[0].replace("/16", "/24"))
        world.route_table(f"rtb-{vpc.id[-1]}", vpc, [subnet], {})
    return world


def planned(world: World, requester: str = "vpc-a", accepter: str = "vpc-b") -> PeeringPlan:
    network = network_of(world)
    return plan(network, network.vpcs.get(requester, requester), network.vpcs.get(accepter, accepter))


def rendered(world: World, form: str, *ends: str) -> str:
    return FORMATS[form](planned(world, *ends), Look())


def test_the_table_says_all_from_the_answer_to_the_commands_and_the_configuration() -> None:
    assert rendered(apart(), "table") == f"{TABLE}{SCRIPT}\nTerraform:\n\n{CONFIGURATION}"


NARROW_TABLE = """\
vpc-0a1b2c3d4e5f60718 and vpc-0b1b2c3d4e5f60718 can be peered.

  side       VPC                    blocks
  ---------  ---------------------  -----------
  requester  vpc-0a1b2c3d4e5f60718  10.0.0.0/16
             111111111111
             eu-west-1
  accepter   vpc-0b1b2c3d4e5f60718  10.1.0.0/16
             222222222222
             eu-west-1
"""
NARROW_ROUTES = """\
  route table            destination    step
  ---------------------  -------------  ------
  rtb-0a1b2c3d4e5f60718  10.1.0.0/16    create
  vpc-0a1b2c3d4e5f60718
  subnets: 1
  in use: yes
  rtb-0b1b2c3d4e5f60718  10.0.0.0/16    create
  vpc-0b1b2c3d4e5f60718
  subnets: 1
  in use: yes
"""


def test_tables_that_are_too_wide_stack_what_belongs_together() -> None:
    tail = "1b2c3d4e5f60718"
    world = World()
    for letter, block, account in (("a", "10.0", ACCOUNT), ("b", "10.1", OTHER_ACCOUNT)):
        vpc = world.vpc(f"vpc-0{letter}{tail}", f"{block}.0.0/16", account=account)
        subnet = world.subnet(f"subnet-0{letter}{tail}", vpc, f"{block}.0.0/24")
        world.route_table(f"rtb-0{letter}{tail}", vpc, [subnet], {})
    made = planned(world, f"vpc-0a{tail}", f"vpc-0b{tail}")
    text = FORMATS["table"](made, Look(64))
    assert text.startswith(NARROW_TABLE)
    assert NARROW_ROUTES in text
    for width in (40, 64, 80):
        for_people, _, _ = FORMATS["table"](made, Look(width)).partition("AWS CLI:")
        assert max(map(len, for_people.splitlines())) <= width


@pytest.mark.parametrize("width", [0, 1, 2])
def test_a_terminal_too_narrow_to_be_true_gets_longer_lines(width: int) -> None:
    render = FORMATS["table"]
    assert render(planned(apart()), Look(width)) == render(planned(apart()), Look(width=40))


@pytest.mark.parametrize(("name", "shown"), [("two\nlines", "two\\nlines"), ("東京", "東京")])
def test_a_name_of_two_lines_or_of_wide_characters_keeps_the_columns_in_line(name: str, shown: str) -> None:
    assert f"  requester  vpc-a ({shown})  111111111111  eu-west-1" in rendered(apart(name=name), "table")


def test_the_script_and_the_configuration_stand_alone_under_the_answer() -> None:
    answer = "# vpc-a (front) and vpc-b (back) can be peered.\n"
    assert rendered(apart(), "cli") == answer + SCRIPT
    assert rendered(apart(), "terraform") == answer + CONFIGURATION


def test_within_one_account_and_region_terraform_accepts_the_request_with_the_connection() -> None:
    text = rendered(apart(b_account="111111111111"), "terraform")
    assert "auto_accept = true" in text
    assert "aws_vpc_peering_connection_accepter" not in text


def test_what_forbids_is_said_in_every_format_and_there_are_no_commands() -> None:
    world = apart(b_block="10.0.0.0/16")
    for form in ("table", "cli", "terraform"):
        text = rendered(world, form)
        assert "vpc-a (front) and vpc-b (back) cannot be peered." in text
        assert "overlap" in text
        assert "aws ec2" not in text
        assert "resource" not in text
    document = json.loads(rendered(world, "json"))
    assert (document["answer"], document["connecting"], document["route_tables"]) == ("no", [], [])
    assert [(each["matter"], each["weight"]) for each in document["obstacles"]] == [("cidr-overlap", "forbids")]


def test_a_script_for_a_new_vpc_wants_its_id_first_and_terraform_takes_it_as_a_variable() -> None:
    script = rendered(apart(), "cli", "vpc-a", "10.9.0.0/16").splitlines()
    assert script[1] == ': "${NEW_VPC_ID:?set it to the id of the new VPC}"'
    assert '--peer-vpc-id "$NEW_VPC_ID"' in script[3]
    configuration = rendered(apart(), "terraform", "vpc-a", "10.9.0.0/16")
    assert 'variable "new_vpc_id" {' in configuration
    assert "peer_vpc_id = var.new_vpc_id" in configuration
    assert "$" not in configuration


def test_of_peered_vpcs_the_steps_name_the_connection_that_stands() -> None:
    text = rendered(two_vpcs(b_routes={}), "cli")
    assert "--vpc-peering-connection-id pcx-1 " in text
    assert "VPC_PEERING_CONNECTION_ID" not in text
    assert 'vpc_peering_connection_id = "pcx-1"' in rendered(two_vpcs(b_routes={}), "terraform")
    assert "none: it is there" in rendered(two_vpcs(b_routes={}), "table")
    assert json.loads(rendered(two_vpcs(), "json"))["connection"] == "pcx-1"


def test_json_holds_each_step_with_its_place_its_command_and_its_configuration() -> None:
    document = json.loads(rendered(apart(), "json"))
    create, accept = document["connecting"]
    assert create["operation"] == "ec2:CreateVpcPeeringConnection"
    assert create["parameters"] == {"VpcId": "vpc-a", "PeerVpcId": "vpc-b", "PeerOwnerId": OTHER_ACCOUNT}
    assert (accept["account"], accept["region"]) == (OTHER_ACCOUNT, "eu-west-1")
    assert [(each["route_table"], each["subnets"], each["in_use"]) for each in document["route_tables"]] == [
        ("rtb-a", ["subnet-a"], True),
        ("rtb-b", ["subnet-b"], True),
    ]
    (route,) = document["route_tables"][0]["steps"]
    assert route["cli"] in SCRIPT
    assert route["terraform"] in CONFIGURATION
    assert (document["answer"], document["connection"], document["missing"]) == ("yes", "", [])


@pytest.mark.parametrize("refused", ["ec2:DescribeRouteTables", "ec2:DescribeVpcPeeringConnections"])
def test_what_was_not_seen_is_said_in_every_format(refused: str) -> None:
    world = apart()
    world.refuse(refused)
    for form in ("table", "cli", "terraform"):
        assert refused in rendered(world, form)
    assert {each["action"] for each in json.loads(rendered(world, "json"))["missing"]} == {refused}


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_names_move_no_cursor_and_leave_their_line_in_no_format(form: str) -> None:
    for name in NAMES:
        text = rendered(apart(name=name), form)
        assert harmful(text) <= {"\n"}
        if form == "json":
            assert json.loads(text)["requester"]["name"] == name
        if form == "cli":
            commands = [line for line in text.splitlines() if not line.startswith("#")]
            assert commands == [line for line in SCRIPT.splitlines() if not line.startswith("#")]
            assert {shlex.split(command)[0] for command in commands[1:]} == {"aws"}
        if form == "terraform":
            assert re.sub(r"#.*\n", "", text) == re.sub(r"#.*\n", "", CONFIGURATION)
