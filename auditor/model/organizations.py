"""Records of AWS Organizations."""

from auditor.model.record import Record


class Account(Record, rename="pascal", frozen=True, kw_only=True):
    """A member account of the organization. Its name and address are secrets in AWS's model, and not collected."""

    id: str
    status: str | None = None
