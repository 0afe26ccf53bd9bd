"""What to collect, in plain values that may go to another process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from auditor.collect.pace import UNLIMITED
from auditor.snapshot import GLOBAL, Answer, Shard, Target


@dataclass(frozen=True)
class Credentials:
    """Credentials that AWS accepts as they are. They are never shown."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class TargetRequest:
    """One unit of work."""

    target: Target
    """The account and its region; the region ``global`` is the account's own shard."""
    endpoint_region: str
    """Where the calls are sent: the target's region, or for the account's own shard any region that it has enabled."""
    credentials: Credentials
    collected_at: str
    """ISO 8601 in UTC, ending in Z."""
    enabled: bool | None = None
    """Whether the account has enabled the region; None where that is not known."""
    profile: str | None = None
    """The AWS profile whose settings, such as a proxy, the clients follow; its credentials are not used."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """What was asked before, by action; it goes into the shard and is not asked again."""
    max_rate: float = UNLIMITED
    """How many requests a second may be sent at most, as ``Pace`` counts them."""


@dataclass(frozen=True, kw_only=True)
class AccountPlan:
    """An account that was entered, and what to collect of it."""

    account: str
    partition: str
    home: str
    """The region in which the account's own questions are asked."""
    regions: Mapping[str, bool | None]
    """The regions to collect, and whether the account has enabled each; None where that is not known."""
    credentials: Callable[[], Credentials]
    """Gives credentials that are fresh now; raises what botocore raises where they cannot be renewed."""
    profile: str | None = None
    """As in ``TargetRequest``."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """What was asked on the way in, by action; it goes into the account's own shard."""

    @property
    def units(self) -> tuple[Target, ...]:
        """The account's own shard, as the region ``global``, and then its regions: a unit of work each."""
        return (Target(self.account, GLOBAL), *(Target(self.account, region) for region in self.regions))


@dataclass(frozen=True)
class Failure:
    """A profile through which no account could be entered, and why, on one line."""

    profile: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that a run collects, and what was wrong on the way."""

    accounts: tuple[AccountPlan, ...]
    absent: tuple[Target, ...] = ()
    """The targets of accounts that could not be entered; ``global`` stands for the regions that nobody could list."""
    shards: tuple[Shard, ...] = ()
    """The own shards of accounts of which nothing else is collected: those that could not be entered, and the one that
    answered for the organization without being a target."""
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """The accounts and regions that were asked for, in order; own shards of entered accounts are not among them."""
        collected = {Target(each.account, region) for each in self.accounts for region in each.regions}
        return tuple(sorted(collected.union(self.absent)))
