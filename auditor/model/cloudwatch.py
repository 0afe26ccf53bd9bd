"""Records of Amazon CloudWatch."""

from datetime import datetime

from auditor.model.record import Record


class MetricDataResult(Record, rename="pascal", frozen=True, kw_only=True):
    """A result of GetMetricData. Its label is what the query asked it to be."""

    label: str
    timestamps: tuple[datetime, ...] | None = None
    values: tuple[float, ...] | None = None
    status_code: str | None = None
