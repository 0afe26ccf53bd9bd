"""Records of Route 53 Resolver."""

from typing import ClassVar

from msgspec import field

from auditor.model.record import Record


class ResolverEndpoint(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of ListResolverEndpoints: where DNS queries of other networks come into a VPC, or leave it."""

    given: ClassVar[tuple[str, ...]] = ("direction", "host_vpc_id")

    id: str
    direction: str | None = None
    host_vpc_id: str | None = field(name="HostVPCId", default=None)
    status: str | None = None
