"""The demo organization: three accounts in two Regions, made with moto in this process.

It holds one case of every fault that the rules know, beside documented designs that must stay silent.
"""

from auditor.demo.organization import organization

__all__ = ["organization"]
