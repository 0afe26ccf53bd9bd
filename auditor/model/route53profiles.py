"""Records of Amazon Route 53 Profiles."""

from typing import ClassVar

from auditor.model.record import Record


class ProfileAssociation(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of ListProfileAssociations: a VPC that a Profile holds for."""

    given: ClassVar[tuple[str, ...]] = ("profile_id", "resource_id")

    id: str
    profile_id: str | None = None
    resource_id: str | None = None
    status: str | None = None


class ProfileResourceAssociation(Record, rename="pascal", frozen=True, kw_only=True):
    """A hosted zone, an interface endpoint or another resource that a Profile brings to its VPCs."""

    id: str | None = None
    resource_arn: str | None = None
    status: str | None = None


class ProfileResourceAssociations(Record, rename="pascal", frozen=True, kw_only=True):
    """What ListProfileResourceAssociations says of one Profile."""

    profile_id: str
    profile_resource_associations: tuple[ProfileResourceAssociation, ...] | None = None
