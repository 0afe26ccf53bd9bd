"""Whether a stranger's request can pass a policy: proven by one that does, or proven impossible, or left unknown.

A stranger is an AWS account, with its principals, its organization and its resources, that the policy does not name. A
request that passes fulfils a statement that allows it, and none that denies it. So for each allowing statement we try
the ways in which a request can fulfil the parts of it and of the denying ones. There are finitely many: of a pattern
all that counts is whether a text matches it, and ``patterns.samples`` finds a text for each way to match several. What
the search does not find is therefore not there, unless something remained unknown.

AWS's own services are no strangers, and neither are the buckets that AWS keeps for them (``perimeter``): its published
policies let both through. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html
"""

import enum
import functools
import ipaddress
import itertools
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from auditor.network.policies.conditions import (
    TEXT_OPERATORS,
    NoValueError,
    any_of,
    both,
    holds,
    is_one_variable,
    negated,
    pattern_of,
    plain_operator,
    replaced,
    variables,
)
from auditor.network.policies.documents import Policy, Statement, Test, Variables, whole_arn
from auditor.network.policies.patterns import DIGITS, Group, Pattern, Token, literal, samples, some, wildcard
from auditor.network.policies.perimeter import is_kept_by_aws
from auditor.network.policies.requests import ANONYMOUS, FEDERATED, SERVICE, Request, account_of, applies


@dataclass(frozen=True)
class Place:
    """What is the same in all requests that meet a policy."""

    gateway: bool = False
    """Whether it is the policy of a gateway endpoint."""
    service: str | None = None
    """How the service's actions and ARNs begin, such as ``s3``; None where that is not known."""
    partition: str = "aws"
    region: str | None = None
    endpoint_id: str | None = None
    vpc_id: str | None = None


@dataclass(frozen=True)
class Passes:
    """A request passes that should not."""

    request: Request
    statement: Statement
    """The one that allows it."""


@dataclass(frozen=True)
class Stopped:
    """No such request passes."""

    by: tuple[str, ...]
    """The statements that see to it: those that allow only others, and those that deny."""


@dataclass(frozen=True)
class Undecided:
    """Whether such a request passes is not known."""

    reason: str


Answer = Passes | Stopped | Undecided


@dataclass(frozen=True)
class Exposure:
    """What strangers can do through an endpoint, as far as its policy goes."""

    strangers_elsewhere: Answer
    """Strangers, at resources of strangers."""
    strangers: Answer
    """Strangers, at any resources: foreign credentials inside the network."""
    elsewhere: Answer
    """Anybody, at resources of strangers: data that leaves."""
    from_anywhere: bool
    """Whether what passes of ``strangers_elsewhere`` passes from every address and VPC that the endpoint serves."""
    any_action: bool
    """Whether every action passes, such as one that the policy does not name."""

    @property
    def verdict(self) -> str:
        """``open``, ``bounded`` or ``unknown``."""
        if isinstance(self.strangers_elsewhere, Undecided):
            return "unknown"
        return "open" if isinstance(self.strangers_elsewhere, Passes) and self.from_anywhere else "bounded"

    @property
    def bounds(self) -> tuple[str, ...]:
        """What bounds it, of ``identity``, ``resource`` and ``network``."""
        network = isinstance(self.strangers_elsewhere, Passes) and not self.from_anywhere
        halves = (("identity", self.strangers), ("resource", self.elsewhere))
        return tuple(name for name, answer in halves if isinstance(answer, Stopped)) + ("network",) * network


class Who(enum.Enum):
    """Whose requests are asked for."""

    STRANGER = enum.auto()
    ANYBODY = enum.auto()
    """Strangers, and principals of whatever account and organization, but without tags: who gets those is its owner's
    decision, and AWS's published policies make exceptions by them."""
    ANYBODY_AT_ALL = enum.auto()
    """With tags, and AWS's own services."""
    NAMED = enum.auto()
    """Principals of one account, which is of no organization that the policy names, or of one organization."""


class Where(enum.Enum):
    """At whose resources."""

    STRANGER = enum.auto()
    ANYBODY = enum.auto()
    """Everybody's but those that AWS keeps for its services."""
    ANYBODY_AT_ALL = enum.auto()
    NAMED = enum.auto()
    """Those of one account, which is of no organization that the policy names, or of one organization."""


def exposure(policy: Policy, place: Place) -> Exposure:
    """What strangers can do through an endpoint with a policy."""
    strangers_elsewhere = ask(policy, place, Who.STRANGER, Where.STRANGER)
    strangers = elsewhere = strangers_elsewhere
    from_anywhere = any_action = True
    if isinstance(strangers_elsewhere, Passes):
        question = functools.partial(ask, policy, place, Who.STRANGER, Where.STRANGER)
        undecided = None
        for network in _networks(policy, place):
            answer = question(network=network)
            undecided = answer if isinstance(answer, Undecided) else undecided
            from_anywhere = not isinstance(answer, Stopped)
            if not from_anywhere:
                break
        if from_anywhere and undecided:
            strangers_elsewhere = undecided
        any_action = isinstance(question(action=_any_action(place)), Passes)
    else:
        strangers = ask(policy, place, Who.STRANGER, Where.ANYBODY)
        elsewhere = ask(policy, place, Who.ANYBODY, Where.STRANGER)
    return Exposure(strangers_elsewhere, strangers, elsewhere, from_anywhere, any_action)


def lets_pass(policy: Policy, place: Place, named: str, direction: Literal["in", "out"]) -> Answer:
    """Whether principals of an account or organization pass, or anybody's requests to their resources."""
    if direction == "in":
        return ask(policy, place, Who.NAMED, Where.ANYBODY, named=named)
    return ask(policy, place, Who.ANYBODY, Where.NAMED, named=named)


def lets_anything_pass(policy: Policy, place: Place) -> Answer:
    """Whether any request passes."""
    return ask(policy, place, Who.ANYBODY_AT_ALL, Where.ANYBODY_AT_ALL)


Keys = Mapping[str, tuple[str, ...]]


def ask(
    policy: Policy,
    place: Place,
    who: Who,
    where: Where,
    *,
    named: str = "",
    network: Keys | None = None,
    action: str | None = None,
) -> Answer:
    """Whether a request passes of some principals at some resources; from one network, and of one action, if given."""
    denying = tuple(each for each in policy.statements if not each.allows)
    stopped: list[str] = []
    doubt: Undecided | None = None
    for allowing in (each for each in policy.statements if each.allows):
        question = _Question(policy, allowing, (), place, who, where, named, network, action)
        answer = _decided(question)
        if denying and not isinstance(answer, Stopped):
            labels = _denials(question, denying, answer)
            answer = _decided(replace(question, denying=denying))
            answer = Stopped(labels) if isinstance(answer, Stopped) else answer
        if isinstance(answer, Passes):
            return answer
        if isinstance(answer, Stopped):
            stopped += answer.by
        else:
            doubt = doubt or answer
    return doubt or Stopped(tuple(dict.fromkeys(stopped)))


def _denials(question: "_Question", denying: Sequence[Statement], answer: Answer) -> tuple[str, ...]:
    """The statements that deny what another one would let pass; all that deny anything where that is not known."""
    policy, gateway = question.policy, question.place.gateway
    request = answer.request if isinstance(answer, Passes) else Request()
    found = [each.label for each in denying if applies(policy, each, request, gateway=gateway)]
    return tuple(found) or tuple(each.label for each in denying)


def _decided(question: "_Question") -> Answer:
    answer = _Search(question).answer()
    partial = any(not is_one_variable(text) for text in question.texts if variables(text))
    if isinstance(answer, Stopped) and partial and question.policy.variables is Variables.REPLACED:
        # A variable that is part of a text ties two members of a request together, which samples of each do not show.
        looser = replace(question.policy, variables=Variables.ANYTHING)
        return _Search(replace(question, policy=looser)).answer()
    return answer


@dataclass(frozen=True)
class _Question:
    """Whether a request passes that one statement allows and others do not deny."""

    policy: Policy
    allowing: Statement
    denying: tuple[Statement, ...]
    place: Place
    who: Who
    where: Where
    named: str
    """The id of the account or organization that is asked for."""
    network: Keys | None
    action: str | None

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (self.allowing, *self.denying)

    @property
    def tests(self) -> Iterator[Test]:
        return (test for statement in self.statements for test in statement.tests)

    @property
    def texts(self) -> Iterator[str]:
        yield from (text for statement in self.statements for text in statement.resources)
        yield from (text for test in self.tests if plain_operator(test) in TEXT_OPERATORS for text in test.values)


_MOST_TRIES = 4_000

_Dimension = Callable[[Request], Sequence[Request]]


class _Search:
    """The search for a request that passes, one member of it after another."""

    def __init__(self, question: _Question) -> None:
        self.question = question
        self.universe = _Universe(question)
        self.doubt: str | None = None
        self.tries = 0

    def answer(self) -> Answer:
        region = self.question.place.region
        known = {"aws:requestedregion": (region,)} if region else {}
        found = self._extended(Request(context=known), self.universe.dimensions())
        if found is not None:
            return Passes(self.universe.shown(found), self.question.allowing)
        doubt = self.doubt or self.universe.doubt
        return Undecided(doubt) if doubt else Stopped((self.question.allowing.label,))

    def _extended(self, request: Request, dimensions: Sequence[_Dimension]) -> Request | None:
        self.tries += 1
        if self.tries > _MOST_TRIES:
            self.doubt = self.doubt or "its statements can be combined in too many ways to try them all"
            return None
        passes = self._passes(request)
        if passes is False:
            return None
        if not dimensions:
            if passes is None:
                self.doubt = self.doubt or self._why(request)
                return None
            return request
        for option in dimensions[0](request):
            found = self._extended(option, dimensions[1:])
            if found is not None:
                return found
        return None

    def _passes(self, request: Request) -> bool | None:
        policy, gateway = self.question.policy, self.question.place.gateway
        allowed = applies(policy, self.question.allowing, request, gateway=gateway)
        if not self.question.denying or allowed is False:
            return allowed
        denied = any_of(applies(policy, each, request, gateway=gateway) for each in self.question.denying)
        return both([allowed, negated(denied)])

    def _why(self, request: Request) -> str:
        policy = self.question.policy
        for statement in self.question.statements:
            for test in statement.tests:
                if holds(test, request.context, policy.variables) is None:
                    return f"what {test} of {statement.label} makes of such a request is not known"
        named = [each for each in self.question.statements if applies(policy, each, request, gateway=False) is None]
        where = named[0] if named else self.question.allowing
        return f"whom or what {where.label} means is not documented, or depends on a variable"


# --- The requests there are -------------------------------------------------------------------------------------------

_STRANGER_ACCOUNTS = ("000011112222", "000033334444", "000055556666")
_STRANGER_ORGANIZATION = "o-stranger00/r-stra/ou-stra-stranger/"
_NAME = string.ascii_lowercase + string.digits + string.ascii_uppercase + "+=,.@_-/"
_LOWER = string.ascii_lowercase + string.digits + "-"
_WORD = string.ascii_lowercase + string.digits
_WITHIN = Token(excluded=":", repeated=True)
_ANYTHING = Token(repeated=True)

_NAMED = (Token(excluded=":"), _WITHIN)
_LETTERED = (Token(string.ascii_letters), _WITHIN)
_KIND = literal(":") + some(string.ascii_lowercase + "-") + literal(":")
_TAILS = (
    literal(":") + _NAMED,
    _KIND + _NAMED,
    _KIND + _LETTERED + literal(":") + _NAMED,
)
"""How ARNs of resources end: in a name, its kind and its name, or these and a part of it.

A name between two colons that looks like an account would be taken for one by a wildcard before it, and there is none.
"""

_SAMPLE_ACTIONS = {
    "dynamodb": ("dynamodb:PutItem", "dynamodb:GetItem"),
    "kms": ("kms:Encrypt", "kms:Decrypt"),
    "s3": ("s3:PutObject", "s3:GetObject", "s3:ListBucket"),
    "secretsmanager": ("secretsmanager:PutSecretValue", "secretsmanager:GetSecretValue"),
    "sns": ("sns:Publish",),
    "sqs": ("sqs:SendMessage", "sqs:ReceiveMessage"),
    "ssm": ("ssm:PutParameter", "ssm:GetParameter"),
    "sts": ("sts:AssumeRole",),
}
_OWN_RESOURCES = {
    *("dynamodb", "ecr", "firehose", "kinesis", "kms", "logs", "s3", "s3express", "secretsmanager", "sns", "sqs")
}
"""The services whose actions are about resources of their own alone, unlike STS, which is asked for roles of IAM."""
_TAKES_UNSIGNED = ("s3", "sns", "sqs")
"""The services that answer requests that nobody signed."""
_UNNAMED_ACTION = "AnyActionAtAll"

_ABSENT: tuple[str, ...] = ()
_FIXED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    # A request through an endpoint has no public address.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    "aws:sourceip": (_ABSENT,),
    "aws:securetransport": (("true",), ("false",)),
    "aws:multifactorauthpresent": (_ABSENT, ("true",), ("false",)),
    # These are of requests that AWS's services make for somebody.
    "aws:viaawsservice": (("false",),),
    "aws:calledvia": (_ABSENT,),
    "aws:calledviafirst": (_ABSENT,),
    "aws:calledvialast": (_ABSENT,),
    "aws:sourceaccount": (_ABSENT,),
    "aws:sourcearn": (_ABSENT,),
    "aws:sourceorgid": (_ABSENT,),
    "aws:sourceorgpaths": (_ABSENT,),
    "aws:principalservicename": (_ABSENT,),
    "aws:principalservicenameslist": (_ABSENT,),
}
"""The keys that have one of few values, whoever asks for what."""
_CHOSEN = ("aws:referer", "aws:useragent")
"""The keys that a caller sets as it likes."""
_OWNERS_CHOICE = ("aws:principaltag/", "aws:sourceidentity")
"""The keys that a principal's own account sets as it likes."""
_PRINCIPAL_ACCOUNT, _PRINCIPAL_ARN = "aws:principalaccount", "aws:principalarn"
_PRINCIPAL_ORGANIZATION = ("aws:principalorgid", "aws:principalorgpaths")
_RESOURCE_ACCOUNT = ("aws:resourceaccount", "s3:resourceaccount", "ec2:owner")
_RESOURCE_ORGANIZATION = ("aws:resourceorgid", "aws:resourceorgpaths")
_OF_KIND = ("aws:principaltype", "aws:username")
_NETWORK = ("aws:sourcevpc", "aws:sourcevpce")
_ADDRESS = "aws:vpcsourceip"
_TYPES = {"root": "Account", "user": "User", "role": "AssumedRole", "federated-user": "FederatedUser"}


def _any_action(place: Place) -> str:
    return f"{place.service or 's3'}:{_UNNAMED_ACTION}"


@dataclass
class _Universe:
    """All that can differ between two requests as far as some statements can tell, member by member."""

    question: _Question
    doubt: str | None = field(default=None, init=False)
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False)

    def dimensions(self) -> list[_Dimension]:
        """The members of a request, in the order in which they are chosen: variables stand for earlier ones."""
        fixed = [key for key in self._keys() if key in _FIXED or key.startswith((*_OWNERS_CHOICE, *_CHOSEN))]
        return [
            self._actions,
            self._principals,
            self._principal_organizations,
            *(functools.partial(self._values, key) for key in fixed),
            self._resources,
            self._resource_accounts,
            self._resource_organizations,
            self._networks,
        ]

    @property
    def _account(self) -> str:
        """A stranger's account."""
        return self._unnamed_accounts[0]

    @property
    def _other_account(self) -> str:
        """The account of somebody who asks for a stranger's resources."""
        return self._unnamed_accounts[1]

    @functools.cached_property
    def _unnamed_accounts(self) -> list[str]:
        text = self.question.policy.text
        return [*(each for each in _STRANGER_ACCOUNTS if each not in text), *_STRANGER_ACCOUNTS]

    @functools.cached_property
    def _named(self) -> "_Named":
        return _named_in(self.question.policy)

    def _keys(self) -> list[str]:
        used = [test.plain_key for test in self.question.tests]
        used += [key for text in self.question.texts for key in variables(text)]
        return list(dict.fromkeys(used))

    # --- What the statements tell apart ---

    def _groups(self, keys: Iterable[str], request: Request) -> Iterator[Group]:
        """The patterns that texts of some keys are compared with, by the tests that compare them."""
        for test in self.question.tests:
            # A test for another key that is to have the value of this one tells its values apart, too.
            tied = {key for value in test.values for key in variables(value) if is_one_variable(value)}
            if test.plain_key in keys or tied & set(keys):
                yield tuple(self._of_test(test, request))

    def _of_test(self, test: Test, request: Request) -> Iterator[Pattern]:
        operator = plain_operator(test)
        for value in test.values if operator in TEXT_OPERATORS else ():
            yield from self._pattern(operator, value, request)

    def _pattern(self, operator: str, text: str, request: Request) -> Iterator[Pattern]:
        try:
            pattern = pattern_of(operator, replaced(text, request.context, self.question.policy.variables))
        except NoValueError:
            return
        if pattern is not None:
            yield pattern

    def _compared_as_text(self, key: str) -> bool:
        """Whether all that the statements ask of a key is asked of its text."""
        operators = {plain_operator(test) for test in self.question.tests if test.plain_key == key}
        return operators <= {*TEXT_OPERATORS, "Null"}

    def _samples(
        self, what: str, language: Iterable[Pattern], groups: Iterable[Group], preferred: Sequence[str]
    ) -> tuple[str, ...]:
        """Texts for a member of a request. They are the same for every request where nothing is a variable."""
        if self._varies or what not in self._known:
            found = samples(tuple(language), tuple(dict.fromkeys(groups)), tuple(preferred))
            if not found.whole:
                self.doubt = "its patterns can match in too many ways to try them all"
            self._known[what] = found.texts
        return self._known[what]

    @functools.cached_property
    def _varies(self) -> bool:
        replaces = self.question.policy.variables is not Variables.NONE
        return replaces and any(variables(text) for text in self.question.texts)

    # --- Actions ---

    def _actions(self, request: Request) -> list[Request]:
        question = self.question
        if question.action:
            return [replace(request, action=question.action)]
        service = question.place.service
        written = [action for each in question.statements for action in each.actions if "*" not in action]
        known = _SAMPLE_ACTIONS.get(service or "s3", (f"{service}:{_UNNAMED_ACTION}",))
        names = {action.lower(): action for action in reversed([*known, *written])}
        language = (literal(service) if service else some(_LOWER)) + literal(":") + some(_WORD)
        groups = [tuple(wildcard(action.lower()) for action in each.actions) for each in question.statements]
        found = self._samples("action", [language], groups, [action.lower() for action in (*known, *written)])
        return [replace(request, action=names.get(action, action)) for action in found]

    # --- Principals ---

    def _principals(self, request: Request) -> list[Request]:
        question, partition = self.question, self.question.place.partition
        account = self._named_account(question.who is Who.NAMED)
        digits = literal(account) or DIGITS
        iam, sts = literal(f"arn:{partition}:iam::"), literal(f"arn:{partition}:sts::")
        language = [
            iam + digits + literal(":role/") + some(_NAME),
            iam + digits + literal(":user/") + some(_NAME),
            iam + digits + literal(":root"),
            sts + digits + literal(":federated-user/") + some(_NAME),
        ]
        stranger = question.who is Who.STRANGER
        own, name = (self._account, "stranger") if stranger else (account or self._other_account, "somebody")
        preferred = [f"arn:{partition}:iam::{own}:{kind}" for kind in (f"role/{name}", f"user/{name}", "root")]
        written = [value for test in question.tests if test.plain_key == _PRINCIPAL_ARN for value in test.values]
        preferred += [text.replace("*", own, 1).replace("*", name) for text in written]
        found = self._samples("principal", language, self._of_principals(request), preferred)
        options = [
            self._as_principal(request, arn)
            for arn in found
            if not stranger or account_of(arn) not in self._named.accounts
        ]
        return [*options, *self._others(request)]

    def _of_principals(self, request: Request) -> Iterator[Group]:
        before = (*literal("arn:"), _WITHIN, *literal(":"), _WITHIN, *literal("::"))

        def of_account(pattern: Pattern) -> Pattern:
            return before + _without(":", pattern) + literal(":") + (_ANYTHING,)

        for statement in self.question.statements:
            certain, uncertain = [], []
            for name in statement.principals.named.get("AWS", ()):
                account = account_of(name)
                if account is None:
                    continue
                if name == account or name.endswith(":root"):
                    root = before + literal(f"{account}:root")
                    certain.append(root if self.question.place.gateway else of_account(literal(account)))
                else:
                    certain.append(literal(name))
                    uncertain.append(of_account(literal(account)))
            yield from (tuple(certain), tuple(uncertain))
        yield from self._groups([_PRINCIPAL_ARN], request)
        named = tuple(map(literal, sorted(self._named.accounts)))
        for group in (*self._groups([_PRINCIPAL_ACCOUNT, *_RESOURCE_ACCOUNT], request), named):
            yield tuple(map(of_account, group))
        if set(_OF_KIND) & set(self._keys()):
            yield from (((*before, _WITHIN, *literal(f":{kind}"), _ANYTHING),) for kind in _TYPES)
        user = before + DIGITS + literal(":user/")
        for group in self._groups(["aws:username"], request):
            names = [_without("/", pattern) for pattern in group]
            yield tuple(user + path + name for name in names for path in ((), (_ANYTHING, *literal("/"))))

    def _as_principal(self, request: Request, arn: str) -> Request:
        kind, _, path = arn.split(":", 5)[5].partition("/")
        username = (path.rpartition("/")[2],) if kind == "user" else _ABSENT
        return self._with(
            replace(request, principal=arn),
            {
                _PRINCIPAL_ARN: (arn,),
                _PRINCIPAL_ACCOUNT: (arn.split(":")[4],),
                "aws:principaltype": (_TYPES[kind],),
                "aws:username": username,
                "aws:principalisawsservice": ("false",),
            },
        )

    def _others(self, request: Request) -> Iterator[Request]:
        """Callers that are no principals of an account."""
        who, without_organization = self.question.who, dict.fromkeys(_PRINCIPAL_ORGANIZATION, _ABSENT)
        if who is Who.NAMED:
            return
        keys: Keys
        if self.question.place.service in _TAKES_UNSIGNED:
            keys = {
                _PRINCIPAL_ACCOUNT: ("anonymous",),
                _PRINCIPAL_ARN: _ABSENT,
                "aws:principaltype": ("Anonymous",),
                "aws:username": _ABSENT,
                "aws:principalisawsservice": _ABSENT,
            }
            yield self._with(replace(request, principal=ANONYMOUS), {**keys, **without_organization})
        # Which identities may take on a role is decided by the role, so they are asked for only at strangers' roles.
        named = any("Federated" in statement.principals.named for statement in self.question.statements)
        if named and not (who is Who.STRANGER and self.question.where is Where.ANYBODY):
            keys = {_PRINCIPAL_ARN: _ABSENT, "aws:principalisawsservice": _ABSENT}
            yield self._with(replace(request, principal=FEDERATED), {**keys, **without_organization})
        if who is Who.ANYBODY_AT_ALL:
            keys = {"aws:principalisawsservice": ("true",)}
            yield self._with(replace(request, principal=SERVICE), {**keys, **without_organization})

    def _principal_organizations(self, request: Request) -> list[Request]:
        if not request.account:
            return [request]
        who = self.question.who
        asked = self.question.named if who is Who.NAMED else ""
        strangers = who is Who.STRANGER or asked.isdigit()
        return self._organizations(request, _PRINCIPAL_ORGANIZATION, asked, strangers=strangers)

    def _organizations(self, request: Request, keys: tuple[str, str], named: str, *, strangers: bool) -> list[Request]:
        """The organizations that a principal or a resource can be of; ``named`` is the one asked for."""
        by_id, by_path = keys
        organization = named if named.startswith("o-") else ""
        language = (
            (literal(organization) if organization else literal("o-") + some(_WORD))
            + literal("/r-")
            + some(_WORD)
            + literal("/")
        )
        language += (Token(_LOWER + "/", repeated=True),)
        # What is asked of the one may be asked of the other, too: both can be of one account.
        of_ids = [
            *self._groups([_PRINCIPAL_ORGANIZATION[0], _RESOURCE_ORGANIZATION[0]], request),
            tuple(map(literal, sorted(self._named.organizations))),
        ]
        groups = [tuple(_without("/", each) + literal("/") + (_ANYTHING,) for each in group) for group in of_ids]
        groups += self._groups([_PRINCIPAL_ORGANIZATION[1], _RESOURCE_ORGANIZATION[1]], request)
        found = self._samples(by_id, [language], groups, [_STRANGER_ORGANIZATION])
        paths = [path for path in found if not strangers or path.split("/")[0] not in self._named.organizations]
        options: list[Keys] = [{by_id: (path.split("/")[0],), by_path: (path,)} for path in paths]
        none: list[Keys] = [] if organization else [{by_id: _ABSENT, by_path: _ABSENT}]
        return [self._with(request, option) for option in [*options, *none]]

    # --- Resources ---

    def _resources(self, request: Request) -> list[Request]:
        place, where = self.question.place, self.question.where
        service = place.service if place.service in _OWN_RESOURCES else None
        region = [literal(place.region), ()] if place.region else [(_WITHIN,)]
        account = literal(self._named_account(where is Where.NAMED)) or DIGITS
        before = literal(f"arn:{place.partition}:") + (literal(service) if service else some(_LOWER)) + literal(":")
        language = [before + each + literal(":") + account + tail for each in region for tail in _TAILS]
        if service in (None, "s3"):
            bucket = literal(f"arn:{place.partition}:s3:::") + some(_LOWER + ".")
            language += [bucket, bucket + literal("/") + (Token(), _ANYTHING)]
        if where is Where.ANYBODY_AT_ALL:
            language += [before + each + literal(":") + tail for each in region for tail in _TAILS]
            language.append(literal("*"))
        found = self._samples("resource", language, self._of_resources(request), list(self._nice_resources()))
        return [replace(request, resource=arn) for arn in found if self._is_asked_for(arn)]

    def _nice_resources(self) -> Iterator[str]:
        """Resources that are plain to read."""
        place = self.question.place
        own = self._named_account(self.question.where is Where.NAMED) or self._account
        region = place.region or "us-east-1"
        if place.service in (None, "s3"):
            yield from (f"arn:{place.partition}:s3:::strangers-bucket{key}" for key in ("/object", ""))
        elif place.service == "sts":
            yield f"arn:{place.partition}:iam::{own}:role/strangers-role"
        else:
            yield f"arn:{place.partition}:{place.service}:{region}:{own}:strangers-resource"
        written = [text for statement in self.question.statements for text in statement.resources]
        # Objects before their buckets.
        for text in sorted(written, key=lambda text: "/*" not in text):
            yield _filled_in(text, region, own)

    def _named_account(self, asked: bool) -> str:
        """The account that is asked for, if it is one."""
        return self.question.named if asked and self.question.named.isdigit() else ""

    def _of_resources(self, request: Request) -> Iterator[Group]:
        for statement in self.question.statements:
            written = [self._pattern("StringLike", whole_arn(resource), request) for resource in statement.resources]
            yield tuple(itertools.chain.from_iterable(written))
        within = (*literal(":"), _WITHIN) * 3 + literal(":")
        for group in (*self._groups(_RESOURCE_ACCOUNT, request), tuple(map(literal, sorted(self._named.accounts)))):
            yield tuple(literal("arn") + within + _without(":", each) + literal(":") + (_ANYTHING,) for each in group)
        for buckets in (self._named.buckets, self._kept):
            names = [literal(f"arn:{self.question.place.partition}:s3:::{bucket}") for bucket in sorted(buckets)]
            yield tuple(name + rest for name in names for rest in ((), (*literal("/"), _ANYTHING)))

    @functools.cached_property
    def _kept(self) -> frozenset[str]:
        """The named buckets that AWS keeps for its services."""
        return frozenset(filter(is_kept_by_aws, self._named.buckets))

    def _is_asked_for(self, arn: str) -> bool:
        where = self.question.where
        if where is Where.STRANGER:
            return _bucket(arn) not in self._named.buckets and account_of(arn) not in self._named.accounts
        if where is Where.NAMED and _bucket(arn) in self._named.buckets:
            # Whose a named bucket is, is not known. It is of the one asked for where the statements see to that.
            return bool({*_RESOURCE_ACCOUNT, *_RESOURCE_ORGANIZATION} & set(self._keys()))
        return where is not Where.ANYBODY or _bucket(arn) not in self._kept

    def _resource_accounts(self, request: Request) -> list[Request]:
        where, resource = self.question.where, request.resource or ""
        if not _bucket(resource):
            account = account_of(resource)
            # Of the owner of AWS's own resources, and of what is asked of no resource at all, nothing is known.
            return [self._owned_by(request, account) if account else request]
        if named := self._named_account(where is Where.NAMED):
            return [self._owned_by(request, named)]
        groups = [*self._groups(_RESOURCE_ACCOUNT, request), tuple(map(literal, sorted(self._named.accounts)))]
        of_caller = (literal(request.account),)
        found = self._samples(f"owner|{request.account}", [DIGITS], [*groups, of_caller], [self._account])
        strangers = where is Where.STRANGER
        accounts = [each for each in found if not strangers or each not in self._named.accounts]
        return [self._owned_by(request, account) for account in accounts]

    def _owned_by(self, request: Request, account: str) -> Request:
        return self._with(request, dict.fromkeys(_RESOURCE_ACCOUNT, (account,)))

    def _resource_organizations(self, request: Request) -> list[Request]:
        resource = request.resource or ""
        owners = {values for key in _RESOURCE_ACCOUNT if (values := request.context.get(key))}
        owners |= {(account,) for account in [account_of(resource)] if account}
        if not owners and not _bucket(resource):
            return [request]
        asked = self.question.named if self.question.where is Where.NAMED else ""
        strangers = self.question.where is Where.STRANGER or asked.isdigit()
        if (request.account,) not in owners:
            return self._organizations(request, _RESOURCE_ORGANIZATION, asked, strangers=strangers)
        # An account is of one organization, as a principal and as an owner.
        organization = request.context.get(_PRINCIPAL_ORGANIZATION[0])
        named = {(each,) for each in self._named.organizations}
        if (strangers and organization in named) or (asked.startswith("o-") and organization != (asked,)):
            return []
        pairs = zip(_PRINCIPAL_ORGANIZATION, _RESOURCE_ORGANIZATION, strict=True)
        known = {theirs: request.context[own] for own, theirs in pairs if own in request.context}
        return [self._with(request, known)]

    # --- Other keys ---

    def _values(self, key: str, request: Request) -> list[Request]:
        """Options for a key that has few values, or any that somebody chooses."""
        if key in _FIXED:
            return [self._with(request, {key: values}) for values in _FIXED[key]]
        if not self._compared_as_text(key):
            return [request]
        if request.principal == SERVICE:
            return [request]
        chosen = not key.startswith(_OWNERS_CHOICE) or self.question.who is not Who.ANYBODY
        if not chosen or (request.principal == ANONYMOUS and key.startswith(_OWNERS_CHOICE)):
            return [self._with(request, {key: _ABSENT})]
        found = self._samples(key, [(_ANYTHING,)], self._groups([key], request), ["anything"])
        return [self._with(request, {key: values}) for values in (*((text,) for text in found), _ABSENT)]

    def _networks(self, request: Request) -> list[Request]:
        if self.question.network is not None:
            return [self._with(request, self.question.network)]
        return [self._with(request, keys) for keys in _networks(self.question.policy, self.question.place, six=True)]

    def _with(self, request: Request, keys: Keys) -> Request:
        """The request with those of some keys of which the statements ask nothing but what their texts tell."""
        known = {key: values for key, values in keys.items() if self._comparable(key)}
        return replace(request, context={**request.context, **known})

    def shown(self, request: Request) -> Request:
        """The request with just the keys that the statements ask for."""
        asked = set(self._keys())
        return replace(request, context={key: values for key, values in request.context.items() if key in asked})

    def _comparable(self, key: str) -> bool:
        return key == _ADDRESS or key in _FIXED or self._compared_as_text(key)


# --- What a policy names ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Named:
    """The accounts, organizations and buckets that a policy names in full: they are no strangers to it."""

    accounts: frozenset[str]
    organizations: frozenset[str]
    buckets: frozenset[str]


def _named_in(policy: Policy) -> _Named:
    texts = [text for each in policy.statements for text in each.resources]
    tests = [test for each in policy.statements for test in each.tests]
    texts += [name for each in policy.statements for names in each.principals.named.values() for name in names]
    texts += [value for test in tests for value in test.values]
    accounts = {found for text in texts for found in re.findall(r"(?<![0-9])[0-9]{12}(?![0-9])", text)}
    organizations = {
        value.split("/")[0]
        for test in tests
        if test.plain_key in (*_PRINCIPAL_ORGANIZATION, *_RESOURCE_ORGANIZATION)
        for value in test.values
        if not {*value.split("/")[0]} & {*"*?$"}
    }
    buckets = {_bucket(text) for each in policy.statements for text in each.resources}
    return _Named(
        frozenset(accounts),
        frozenset(organizations),
        frozenset(bucket for bucket in buckets if bucket and not {*bucket} & {*"*?$"}),
    )


def accounts_named(policy: Policy) -> list[str]:
    """The accounts that a policy names, in order."""
    return sorted(_named_in(policy).accounts)


def organizations_named(policy: Policy) -> list[str]:
    """The organizations that a policy names, in order."""
    return sorted(each for each in _named_in(policy).organizations if re.fullmatch("o-[a-z0-9]+", each))


def _bucket(arn: str) -> str:
    """The bucket of an ARN that tells no account; empty where it is of another kind."""
    parts = arn.split(":", 5)
    return parts[5].split("/")[0] if len(parts) == 6 and parts[2] == "s3" and parts[3:5] == ["", ""] else ""


def _filled_in(resource: str, region: str, account: str) -> str:
    """A resource of a policy with something for its wildcards."""
    parts = resource.split(":", 5)
    if len(parts) == 6:
        parts[3:5] = [region if parts[3] == "*" else parts[3], account if parts[4] == "*" else parts[4]]
    return ":".join(parts).replace("/*", "/object").replace("*", "stranger")


def _without(excluded: str, pattern: Pattern) -> Pattern:
    """A pattern whose wildcards do not stand for a character."""
    return tuple(
        token if token.allowed else replace(token, excluded="".join(sorted({*token.excluded, *excluded})))
        for token in pattern
    )


def _networks(policy: Policy, place: Place, *, six: bool = False) -> list[dict[str, tuple[str, ...]]]:
    """Where a request can come from, as far as the policy tells places apart; with ``six`` by IPv6 as well."""
    tests = [test for each in policy.statements for test in each.tests]
    texts = [value for test in tests for value in test.values]
    used = {test.plain_key for test in tests} | {key for text in texts for key in variables(text)}
    options: list[dict[str, tuple[str, ...]]] = [{}]
    for key, own in zip(_NETWORK, (place.vpc_id, place.endpoint_id), strict=True):
        if key in used:
            named = [value for test in tests if test.plain_key == key for value in test.values]
            values = [own] if own else [f"{'vpc' if key == _NETWORK[0] else 'vpce'}-stranger", *named]
            options = [{**option, key: (value,)} for option in options for value in values]
    if _ADDRESS in used:
        named = [value for test in tests if test.plain_key == _ADDRESS for value in test.values]
        options = [{**option, _ADDRESS: (address,)} for option in options for address in _addresses(named, six=six)]
    return options


def _addresses(blocks: Iterable[str], *, six: bool) -> list[str]:
    """An address of every part into which some blocks divide all addresses."""
    found = {ipaddress.IPv4Address("10.255.255.254"): None, ipaddress.IPv4Address(0): None}
    others = {ipaddress.IPv6Address("fd00::1"): None, ipaddress.IPv6Address(0): None}
    for block in blocks:
        try:
            network = ipaddress.ip_network(block, strict=False)
        except ValueError:
            continue
        ends = [network.network_address]
        if int(network.broadcast_address) < 2**network.max_prefixlen - 1:
            ends.append(network.broadcast_address + 1)
        for end in ends:
            if isinstance(end, ipaddress.IPv4Address):
                found[end] = None
            else:
                others[end] = None
    return [str(each) for each in (*found, *(others if six else ()))]
