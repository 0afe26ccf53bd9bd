"""Records of Service Quotas."""

from auditor.model.record import Record


class ServiceQuota(Record, rename="pascal", frozen=True, kw_only=True):
    """A quota of an account in a Region."""

    quota_code: str | None = None
    value: float | None = None


class ServiceQuotas(Record, rename="pascal", frozen=True, kw_only=True):
    """What ListServiceQuotas says of one service. It leaves out a quota whose applied value it does not know."""

    service_code: str
    quotas: tuple[ServiceQuota, ...] | None = None
