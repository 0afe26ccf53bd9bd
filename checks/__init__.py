"""The rules: one module each, in folders by subject. A new one takes its line below."""

from auditor.check import Check
from checks.audit.call_refused import audit_call_refused
from checks.audit.participant_view import audit_participant_view
from checks.audit.region_skipped import audit_region_skipped
from checks.endpoint_policies.default import endpoint_policy_default
from checks.endpoints.state import endpoint_state
from checks.gateway_endpoints.missing import gateway_endpoint_missing
from checks.gateway_endpoints.needs_interface import gateway_endpoint_needs_interface
from checks.gateway_endpoints.no_route_table import gateway_endpoint_no_route_table
from checks.gateway_endpoints.route_table_gap import gateway_endpoint_route_table_gap
from checks.interface_endpoints.dns_attributes import interface_endpoint_dns_attributes
from checks.interface_endpoints.private_dns_off import interface_endpoint_private_dns_off
from checks.interface_endpoints.sg_missing import interface_endpoint_sg_missing
from checks.interface_endpoints.sg_no_443 import interface_endpoint_sg_no_443
from checks.interface_endpoints.single_az import interface_endpoint_single_az
from checks.peering.cidr_overlap import peering_cidr_overlap
from checks.peering.dns_resolution_off import peering_dns_resolution_off
from checks.peering.edge_gateway_endpoint import peering_edge_gateway_endpoint
from checks.peering.edge_internet_gateway import peering_edge_internet_gateway
from checks.peering.edge_nat import peering_edge_nat
from checks.peering.edge_on_premises import peering_edge_on_premises
from checks.peering.far_side_unaudited import peering_far_side_unaudited
from checks.peering.not_active import peering_not_active
from checks.peering.pending_stale import peering_pending_stale
from checks.peering.return_misroute import peering_return_misroute
from checks.peering.route_blackhole import peering_route_blackhole
from checks.peering.route_missing_side import peering_route_missing_side
from checks.peering.route_one_way import peering_route_one_way
from checks.peering.route_too_broad import peering_route_too_broad
from checks.peering.route_wrong_connection import peering_route_wrong_connection
from checks.peering.route_wrong_destination import peering_route_wrong_destination
from checks.peering.sg_cross_region_reference import peering_sg_cross_region_reference
from checks.peering.sg_stale_reference import peering_sg_stale_reference
from checks.peering.transitive_route import peering_transitive_route
from checks.peering.unknown_account import peering_unknown_account
from checks.peering.unused import peering_unused

CHECKS: tuple[Check, ...] = (
    audit_call_refused,
    audit_participant_view,
    audit_region_skipped,
    endpoint_policy_default,
    endpoint_state,
    gateway_endpoint_missing,
    gateway_endpoint_needs_interface,
    gateway_endpoint_no_route_table,
    gateway_endpoint_route_table_gap,
    interface_endpoint_dns_attributes,
    interface_endpoint_private_dns_off,
    interface_endpoint_sg_missing,
    interface_endpoint_sg_no_443,
    interface_endpoint_single_az,
    peering_cidr_overlap,
    peering_dns_resolution_off,
    peering_edge_gateway_endpoint,
    peering_edge_internet_gateway,
    peering_edge_nat,
    peering_edge_on_premises,
    peering_far_side_unaudited,
    peering_not_active,
    peering_pending_stale,
    peering_return_misroute,
    peering_route_blackhole,
    peering_route_missing_side,
    peering_route_one_way,
    peering_route_too_broad,
    peering_route_wrong_connection,
    peering_route_wrong_destination,
    peering_sg_cross_region_reference,
    peering_sg_stale_reference,
    peering_transitive_route,
    peering_unknown_account,
    peering_unused,
)
