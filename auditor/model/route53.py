"""Records of Amazon Route 53."""

import msgspec

from auditor.model.record import Record


class HostedZoneConfig(Record, rename="pascal", frozen=True, kw_only=True):
    """Whether a hosted zone is private."""

    private_zone: bool | None = None


class HostedZoneFeatures(Record, rename="pascal", frozen=True, kw_only=True):
    """What else a hosted zone does."""

    public_dns_fallback_status: str | None = msgspec.field(name="PublicDNSFallbackStatus", default=None)


class HostedZone(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of ListHostedZones. Its id begins with ``/hostedzone/``, as it does nowhere else."""

    id: str
    name: str | None = None
    config: HostedZoneConfig | None = None
    features: HostedZoneFeatures | None = None


class HostedZoneOwner(Record, rename="pascal", frozen=True, kw_only=True):
    """The account, or the AWS service, that owns a hosted zone."""

    owning_account: str | None = None
    owning_service: str | None = None


class HostedZoneSummary(Record, rename="pascal", frozen=True, kw_only=True):
    """A private hosted zone that a VPC is associated with."""

    hosted_zone_id: str
    name: str | None = None
    owner: HostedZoneOwner | None = None


class HostedZonesByVpc(Record, rename="pascal", frozen=True, kw_only=True):
    """What ListHostedZonesByVPC says of one VPC. It leaves out what comes by Route 53 Profiles."""

    vpc_id: str = msgspec.field(name="VPCId")
    hosted_zone_summaries: tuple[HostedZoneSummary, ...] | None = None


class ResourceRecord(Record, rename="pascal", frozen=True, kw_only=True):
    """A value of a record."""

    value: str | None = None


class AliasTarget(Record, rename="pascal", frozen=True, kw_only=True):
    """What an alias stands for."""

    hosted_zone_id: str | None = None
    dns_name: str | None = msgspec.field(name="DNSName", default=None)


class ResourceRecordSet(Record, rename="pascal", frozen=True, kw_only=True):
    """The records of one name and type."""

    name: str
    type: str | None = None
    resource_records: tuple[ResourceRecord, ...] | None = None
    alias_target: AliasTarget | None = None


class ResourceRecordSets(Record, rename="pascal", frozen=True, kw_only=True):
    """What ListResourceRecordSets says of one hosted zone."""

    hosted_zone_id: str
    resource_record_sets: tuple[ResourceRecordSet, ...] | None = None
