from collections.abc import Sequence

from auditor.findings import Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.coverage import Coverage
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.routes import RouteFault
from auditor.network.network import Network
from auditor.snapshot import Target
from auditor.verdicts import on_route, on_routes
from collectors import COLLECTORS
from tests.world import REGION, World

OTHER_ACCOUNT = "222222222222"


def two(*blocks: str, status: str = "active", readable: bool = True) -> World:
    """``vpc-b`` routes the prefix list ``pl-1`` to ``vpc-a``."""
    world = World()
    a, b = world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", "10.0.0.0/16", name="back", account=OTHER_ACCOUNT)
    world.peering("pcx-1", a, b, status=status)
    world.prefix_list("pl-1", blocks, readable=readable)
    world.main_routes(b, {"pl-1": "pcx-1"})
    return world


def verdicts(
    world: World,
    cause: Cause = Cause.ROUTE_WRONG_DESTINATION,
    severity: Severity | None = None,
    remedy: Sequence[Operation] | None = None,
) -> list[Verdict]:
    network = Network(Coverage(world.snapshot(), COLLECTORS))

    def of_fault(found: RouteFault) -> Fault:
        return on_route(found, "mend it", severity, remedy)

    return list(on_routes(cause, network.peerings["pcx-1"], network, of_fault))


def test_a_fault_of_the_cause_names_the_route_both_ends_and_what_to_do() -> None:
    (fault,) = verdicts(two("10.77.0.0/16", "172.16.0.0/16", "10.78.0.0/16"), severity=Severity.LOW)
    assert isinstance(fault, Fault)
    assert fault.message == (
        "rtb-b-main of vpc-b (back) routes pl-1 (10.77.0.0/16, 10.78.0.0/16) to vpc-a over pcx-1: vpc-a has "
        "172.16.0.0/16; mend it"
    )
    assert (fault.key, fault.at, fault.severity) == ("rtb-b-main|pl-1", Target(OTHER_ACCOUNT, REGION), Severity.LOW)
    assert [fault.evidence[name] for name in ("route_table", "destination", "vpc", "peer_vpc")] == [
        "rtb-b-main",
        "pl-1",
        "vpc-b",
        "vpc-a",
    ]
    assert list(fault.related) == ["rtb-b-main", "vpc-b", "vpc-a"]


def test_a_route_that_is_wrong_in_part_has_no_remedy_even_if_one_is_given() -> None:
    given = Operation("ec2:CreateRoute", {})
    (part,) = verdicts(two("10.77.0.0/16", "172.16.0.0/16"), remedy=[given])
    (whole,) = verdicts(two("10.77.0.0/16"), remedy=[given])
    (by_default,) = verdicts(two("10.77.0.0/16"))
    remedies = [verdict.remedy for verdict in (part, whole, by_default) if isinstance(verdict, Fault)]
    assert [[step.operation for step in remedy] for remedy in remedies] == [
        [],
        ["ec2:CreateRoute"],
        ["ec2:DeleteRoute"],
    ]


def test_a_fault_of_another_cause_is_left_to_its_rule() -> None:
    assert verdicts(two("10.77.0.0/16"), Cause.TRANSITIVE_ROUTE) == []


def test_a_doubt_about_a_route_is_an_unknown_at_the_tables_owner() -> None:
    (unknown,) = verdicts(two(readable=False))
    assert isinstance(unknown, Unknown)
    assert (unknown.key, unknown.at) == ("rtb-b-main|pl-1", Target(OTHER_ACCOUNT, REGION))
    assert "rtb-b-main of vpc-b (back) routes pl-1 to vpc-a over pcx-1" in unknown.message


def test_a_side_without_its_route_tables_is_an_unknown_of_its_own() -> None:
    world = two("172.16.0.0/16")
    world.refuse("ec2:DescribeRouteTables", account=world.account)
    (unknown,) = verdicts(world)
    assert isinstance(unknown, Unknown)
    assert (unknown.key, unknown.message) == (
        "vpc-a",
        "the routes of vpc-a to vpc-b (back) over pcx-1 were not all seen",
    )


def test_nothing_is_said_of_a_connection_that_is_not_active() -> None:
    (verdict,) = verdicts(two("10.77.0.0/16", status="deleted"))
    assert isinstance(verdict, NotApplicable)
