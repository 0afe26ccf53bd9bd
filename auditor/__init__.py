"""Read-only auditor of live AWS accounts for VPC peering and VPC endpoints."""

__version__ = "0.1.0"
