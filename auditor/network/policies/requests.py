"""Requests, and whether a policy lets them pass.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from auditor.network.policies.conditions import Context, NoValueError, any_of, both, holds, matches, negated
from auditor.network.policies.documents import Policy, Statement, Variables, whole_arn

ANONYMOUS = "anonymous"
"""The caller of a request that is not signed."""
FEDERATED = "federated"
"""A caller that is known to an identity provider, and to AWS only once it has taken on a role."""
SERVICE = "an AWS service"


@dataclass(frozen=True)
class Request:
    """A request, or as much of one as is known."""

    principal: str | None = None
    """The ARN of a user, a role, a federated user or an account's root, or one of the words above."""
    action: str | None = None
    resource: str | None = None
    context: Context = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The caller's account; empty where it has none."""
        parts = (self.principal or "").split(":")
        return parts[4] if len(parts) > 5 else ""

    @property
    def told(self) -> str:
        """The request as messages tell it."""
        others = {ANONYMOUS: "a caller who signs nothing", FEDERATED: "a federated caller", SERVICE: SERVICE}
        who = f"account {self.account}" if self.account else others.get(self.principal or "", "somebody")
        return f"{self.action} by {who} at {self.resource}"

    @property
    def shown(self) -> Mapping[str, object]:
        """The request as evidence shows it, with the keys that it has."""
        context = {
            key: list(values) if len(values) > 1 else values[0] for key, values in self.context.items() if values
        }
        return {
            "principal": self.principal,
            "principal_account": self.account or None,
            "action": self.action,
            "resource": self.resource,
            "context": dict(sorted(context.items())),
        }


def passes(policy: Policy, request: Request, *, gateway: bool) -> bool | None:
    """Whether a policy lets a request pass: a statement allows it, and none denies it. None where that is not known.

    ``gateway`` tells whether the policy is one of a gateway endpoint, where an account's id stands for its root alone.
    """
    applying = [(each.allows, applies(policy, each, request, gateway=gateway)) for each in policy.statements]
    denied = any_of(applies for allows, applies in applying if not allows)
    return both([negated(denied), any_of(applies for allows, applies in applying if allows)])


def applies(policy: Policy, statement: Statement, request: Request, *, gateway: bool) -> bool | None:
    """Whether a statement is about a request."""
    return both(_parts(policy, statement, request, gateway=gateway))


def _parts(policy: Policy, statement: Statement, request: Request, *, gateway: bool) -> Iterable[bool | None]:
    # The cheapest first: the first that does not hold ends it.
    named = None if request.action is None else statement.action_patterns.match(request.action.lower())
    yield negated(named) if statement.not_actions else named
    named = any_of(_principals(statement, request, gateway=gateway))
    yield negated(named) if statement.not_principals else named
    named = _resources(statement, request, policy.variables)
    yield negated(named) if statement.not_resources else named
    for test in statement.tests:
        yield holds(test, request.context, policy.variables)


def _principals(statement: Statement, request: Request, *, gateway: bool) -> Iterable[bool | None]:
    if statement.principals.everyone:
        yield True
    elif request.principal is None:
        yield None if any(statement.principals.named.values()) else False
    else:
        for kind, names in statement.principals.named.items():
            yield from (_is_named(kind, name, request, gateway=gateway) for name in names)


def _is_named(kind: str, name: str, request: Request, *, gateway: bool) -> bool | None:
    """Whether the principal of a request is one that a statement names.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    if kind == "AWS":
        return _is_aws_principal(name, request, gateway=gateway)
    if kind == "Federated":
        return request.principal == FEDERATED and (name == "*" or None)
    if kind == "Service":
        return None if request.principal == SERVICE else False
    return None if request.account else False


def _is_aws_principal(name: str, request: Request, *, gateway: bool) -> bool | None:
    account = account_of(name)
    if account is None:
        # The unique id of a user or role that is gone; or a wildcard in an ARN, which AWS does not take here.
        return None if "*" in name or "?" in name else False
    if account != request.account:
        return False
    if name == account or name.endswith(f"::{account}:root"):
        return not gateway or str(request.principal).endswith(":root")
    # AWS documents no meaning of a user or role at a gateway endpoint, and a session is one of its role's.
    return None if gateway or ":assumed-role/" in name else name == request.principal


def account_of(name: str) -> str | None:
    """The account that a principal's name or ARN begins with; None where it names none."""
    if len(name) == 12 and name.isdigit():
        return name
    parts = name.split(":")
    return parts[4] if len(parts) > 5 and len(parts[4]) == 12 and parts[4].isdigit() else None


def _resources(statement: Statement, request: Request, reading: Variables) -> bool | None:
    if request.resource is None:
        return True if "*" in statement.resources else None
    answers: list[bool | None] = [statement.resource_patterns.match(request.resource)]
    for resource in statement.resources:
        if "${" in resource:
            try:
                answers.append(matches("StringLike", whole_arn(resource), request.resource, request.context, reading))
            except NoValueError:
                answers.append(False)
    return any_of(answers)
