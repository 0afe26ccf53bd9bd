"""A plan of a peering connection: for people, as a shell script, as Terraform, and as JSON."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

import msgspec

import auditor
from auditor.findings import Operation
from auditor.network.entities import Side
from auditor.network.missing import Missing
from auditor.peering_plan import NEW_CONNECTION, NEW_VPC, Answer, Matter, PeeringPlan, TablePlan, Weight, name_of
from auditor.remedies import destination_of
from auditor.report import remedies
from auditor.report.document import Look, MissingEntry, Step, missing_entries
from auditor.report.grid import Cell, Layout, grid, wrapped
from auditor.report.json import compact
from auditor.report.text import visible
from auditor.report.unseen import lines_of
from auditor.snapshot import Target, Tool

_INDENT = "  "


# --- For people -------------------------------------------------------------------------------------------------------


def render_table(plan: PeeringPlan, look: Look) -> str:
    """The answer, what stands against it, the routes that each side needs, the commands, and what was not seen."""
    parts = [wrapped(visible(f"{_answer(plan)}."), look.width, later=_INDENT) + "\n", _sides(plan, look)]
    if plan.obstacles:
        parts.append(_obstacles(plan, look))
    if plan.tables:
        parts.append(_tables(plan, look))
    if plan.steps:
        parts += ["AWS CLI:\n\n" + _script(plan), "Terraform:\n\n" + _configuration(plan)]
    if unseen := lines_of(plan.missing):
        parts.append("".join(wrapped(visible(line), look.width, later=_INDENT) + "\n" for line in unseen))
    return "\n".join(parts)


def _answer(plan: PeeringPlan) -> str:
    requester, accepter = map(name_of, plan.peering.sides)
    match plan.answer:
        case Answer.NO:
            return f"{requester} and {accepter} cannot be peered"
        case Answer.YES:
            return f"{requester} and {accepter} can be peered"
        case Answer.PEERED:
            return f"{requester} and {accepter} are peered over {plan.peering.label}"
        case Answer.REQUESTED:
            return f"{requester} and {accepter} can be peered: {plan.peering.label} is {plan.peering.status}"
        case Answer.UNKNOWN:
            return f"Nothing that was seen keeps {requester} and {accepter} from being peered, but not all was seen"


def _sides(plan: PeeringPlan, look: Look) -> str:
    sides = list(zip(("requester", "accepter"), plan.peering.sides, strict=True))
    wide = [(role, name_of(side), side.owner, side.region, tuple(side.blocks)) for role, side in sides]
    narrow = [(role, (name_of(side), side.owner, side.region), tuple(side.blocks)) for role, side in sides]
    return grid(
        look.width,
        Layout(("side", "VPC", "account", "region", "blocks"), wide),
        Layout(("side", "VPC", "blocks"), narrow),
    )


def _obstacles(plan: PeeringPlan, look: Look) -> str:
    texts = [visible(f"{obstacle.weight}: {obstacle.message}.") for obstacle in plan.obstacles]
    lines = [wrapped(text, look.width, first=_INDENT, later=2 * _INDENT) for text in texts]
    return "\n".join(["What stands against it and what to know:", *lines]) + "\n"


def _tables(plan: PeeringPlan, look: Look) -> str:
    wide = [row for table in plan.tables for row in _rows(table)]
    narrow: list[tuple[Cell, ...]] = [
        ((table, vpc, f"subnets: {subnets}", f"in use: {use}"), destination, step)
        for vpc, table, subnets, use, destination, step in wide
    ]
    return "Routes that each side needs:\n\n" + grid(
        look.width,
        Layout(("VPC", "route table", "subnets", "in use", "destination", "step"), wide),
        Layout(("route table", "destination", "step"), narrow),
    )


def _rows(table: TablePlan) -> Iterator[tuple[str, ...]]:
    use = "unknown" if isinstance(table.in_use, Missing) else "yes" if table.in_use else "no"
    where = (table.near.vpc_id, table.table.id, str(len(table.subnets)), use)
    for block in table.there:
        yield (*where, block, "none: it is there")
    for step in table.steps:
        yield (*where, destination_of(step.parameters), "replace" if step.operation == "ec2:ReplaceRoute" else "create")


# --- Commands and configuration ---------------------------------------------------------------------------------------


def render_cli(plan: PeeringPlan, _look: Look) -> str:
    """The commands of the AWS CLI as a script for a POSIX shell, in the order in which they work."""
    return _preface(plan) + _script(plan)


def render_terraform(plan: PeeringPlan, _look: Look) -> str:
    """The connection and its routes as resources of Terraform's AWS provider."""
    return _preface(plan) + _configuration(plan)


def _preface(plan: PeeringPlan) -> str:
    """The answer, and what is more than a note, as comments."""
    lines = [_answer(plan), *(each.message for each in plan.obstacles if each.weight is not Weight.NOTE)]
    return "".join(f"# {visible(line)}.\n" for line in [*lines, *_not_seen(plan)])


def _not_seen(plan: PeeringPlan) -> list[str]:
    return [line.removesuffix(".") for line in lines_of(plan.missing)]


def _script(plan: PeeringPlan) -> str:
    guard = f': "${{{NEW_VPC[1:]}:?set it to the id of the new VPC}}"\n' if _has_new_vpc(plan) else ""
    return guard + "".join(
        f"# In account {visible(at.account)}, Region {visible(at.region)}:\n"
        + "".join(_command(step, at) + "\n" for step in steps)
        for at, steps in _by_place(plan.steps)
    )


def _command(step: Operation, at: Target) -> str:
    """A command in which what is not known yet is a variable of the shell."""
    command = remedies.cli(step, at)
    for variable in (NEW_CONNECTION, NEW_VPC):
        command = command.replace(f"'{variable}'", f'"{variable}"')
    if step.operation != "ec2:CreateVpcPeeringConnection":
        return command
    query = "--query VpcPeeringConnection.VpcPeeringConnectionId --output text"
    return f"{NEW_CONNECTION[1:]}=$({command} {query})"


def _configuration(plan: PeeringPlan) -> str:
    blocks = [
        f"# In account {visible(at.account)}, Region {visible(at.region)}:\n" + "\n".join(snippets)
        for at, steps in _by_place(plan.steps)
        if (snippets := [f"{text}\n" for step in steps if (text := _snippet(plan, step))])
    ]
    variable = 'variable "new_vpc_id" {\n  type = string\n}\n'
    return "\n".join([variable, *blocks] if _has_new_vpc(plan) and blocks else blocks)


def _snippet(plan: PeeringPlan, step: Operation) -> str:
    """A resource that names the new connection by reference; empty where another one has its effect."""
    text = remedies.terraform(step).replace(f'"{NEW_VPC}"', "var.new_vpc_id")
    create = next((each for each in plan.connecting if each.operation == "ec2:CreateVpcPeeringConnection"), None)
    if create is None:
        return text
    if step.operation == "ec2:AcceptVpcPeeringConnection" and remedies.accepts_itself(create.parameters):
        return ""
    name = remedies.peering_name(create.parameters)
    text = text.replace(f'"{NEW_CONNECTION[1:]}"', f'"{name}"')
    return text.replace(f'"{NEW_CONNECTION}"', f"aws_vpc_peering_connection.{name}.id")


def _by_place(steps: Iterable[Operation]) -> Iterator[tuple[Target, list[Operation]]]:
    """The steps by who must run them, in their order."""
    for at, group in itertools.groupby(steps, key=lambda step: step.at or Target("", "")):
        yield at, list(group)


def _has_new_vpc(plan: PeeringPlan) -> bool:
    return any(side.vpc_id == NEW_VPC for side in plan.peering.sides)


# --- JSON -------------------------------------------------------------------------------------------------------------


class SideEntry(msgspec.Struct, frozen=True):
    """A VPC of the plan."""

    vpc: str
    """Empty where it does not exist yet."""
    name: str
    account: str
    region: str
    blocks: tuple[str, ...]


class ObstacleEntry(msgspec.Struct, frozen=True):
    """Something that stands against the connection, or that one should know."""

    matter: Matter
    weight: Weight
    message: str


class TableEntry(msgspec.Struct, frozen=True):
    """A route table that subnets send by."""

    vpc: str
    route_table: str
    subnets: tuple[str, ...]
    in_use: bool | None
    """None where it is not known."""
    already_routed: tuple[str, ...]
    steps: tuple[Step, ...]


class PlanDocument(msgspec.Struct, frozen=True):
    """The plan as JSON readers get it."""

    schema: Literal[1]
    tool: Tool
    answer: Answer
    connection: str
    """The one that stands; empty where there is none."""
    requester: SideEntry
    accepter: SideEntry
    obstacles: tuple[ObstacleEntry, ...]
    connecting: tuple[Step, ...]
    route_tables: tuple[TableEntry, ...]
    missing: tuple[MissingEntry, ...]


def render_json(plan: PeeringPlan, _look: Look) -> str:
    """The document, indented by two, and a newline."""
    return msgspec.json.format(compact(document(plan)), indent=2) + "\n"


def document(plan: PeeringPlan) -> PlanDocument:
    """The plan as JSON readers get it. ``$VPC_PEERING_CONNECTION_ID`` and ``$NEW_VPC_ID`` stand for ids to come."""
    connection = plan.peering.id
    return PlanDocument(
        schema=1,
        tool=Tool(name="vpc-auditor", version=auditor.__version__),
        answer=plan.answer,
        connection="" if connection == NEW_CONNECTION else connection,
        requester=_side_entry(plan.peering.requester),
        accepter=_side_entry(plan.peering.accepter),
        obstacles=tuple(ObstacleEntry(each.matter, each.weight, each.message) for each in plan.obstacles),
        connecting=tuple(_step(plan, step) for step in plan.connecting),
        route_tables=tuple(
            TableEntry(
                vpc=table.near.vpc_id,
                route_table=table.table.id,
                subnets=tuple(subnet.id for subnet in table.subnets),
                in_use=None if isinstance(table.in_use, Missing) else table.in_use,
                already_routed=_plain(table.there),
                steps=tuple(_step(plan, step) for step in table.steps),
            )
            for table in plan.tables
        ),
        missing=missing_entries(plan.missing),
    )


def _side_entry(side: Side) -> SideEntry:
    new = side.vpc_id == NEW_VPC
    name = side.vpc.name if side.vpc else ""
    return SideEntry("" if new else side.vpc_id, name, side.owner, side.region, _plain(side.blocks))


def _step(plan: PeeringPlan, step: Operation) -> Step:
    at = step.at or Target("", "")
    parameters = dict(zip(step.parameters, _plain(step.parameters.values()), strict=True))
    return Step(at.account, at.region, step.operation, parameters, _command(step, at), _snippet(plan, step))


def _plain(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts as JSON's writer knows them: the model has a type of its own for blocks."""
    return tuple(str(text) for text in texts)


FORMATS: Mapping[str, Callable[[PeeringPlan, Look], str]] = {
    "table": render_table,
    "cli": render_cli,
    "terraform": render_terraform,
    "json": render_json,
}
"""The formats by the names that users choose them by, the usual one first."""
