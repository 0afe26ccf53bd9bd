"""The rules: one module each, in folders by subject. A new one takes its line below."""

from auditor.check import Check
from checks.audit import call_refused
from checks.gateway_endpoints import missing as gateway_endpoint_missing
from checks.peering import route_blackhole, route_missing_side

CHECKS: tuple[Check, ...] = (
    call_refused.audit_call_refused,
    gateway_endpoint_missing.gateway_endpoint_missing,
    route_blackhole.peering_route_blackhole,
    route_missing_side.peering_route_missing_side,
)
