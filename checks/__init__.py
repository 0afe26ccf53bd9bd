"""The rules: one module each, in folders by subject. A new one takes its line below."""

from auditor.check import Check
from checks.audit.call_refused import audit_call_refused
from checks.audit.participant_view import audit_participant_view
from checks.audit.region_skipped import audit_region_skipped
from checks.audit.snapshot_skew import audit_snapshot_skew
from checks.audit.unknown_value import audit_unknown_value
from checks.endpoint_policies.default import endpoint_policy_default
from checks.endpoint_policies.denies_all import endpoint_policy_denies_all
from checks.endpoint_policies.foreign_account import endpoint_policy_foreign_account
from checks.endpoint_policies.gateway_principal import endpoint_policy_gateway_principal
from checks.endpoint_policies.no_perimeter import endpoint_policy_no_perimeter
from checks.endpoint_policies.wildcard import endpoint_policy_wildcard
from checks.endpoint_services.auto_accept import endpoint_service_auto_accept
from checks.endpoint_services.foreign_principal import endpoint_service_foreign_principal
from checks.endpoint_services.no_load_balancer import endpoint_service_no_load_balancer
from checks.endpoint_services.no_notification import endpoint_service_no_notification
from checks.endpoint_services.orphan_connection import endpoint_service_orphan_connection
from checks.endpoint_services.pending_connections import endpoint_service_pending_connections
from checks.endpoint_services.private_dns_unverified import endpoint_service_private_dns_unverified
from checks.endpoint_services.public_auto_accept import endpoint_service_public_auto_accept
from checks.endpoint_services.public_manual import endpoint_service_public_manual
from checks.endpoint_services.remote_regions import endpoint_service_remote_regions
from checks.endpoint_services.sg_bypass import endpoint_service_sg_bypass
from checks.endpoint_services.single_az import endpoint_service_single_az
from checks.endpoint_services.state import endpoint_service_state
from checks.endpoint_services.unused import endpoint_service_unused
from checks.endpoints.cost_nat_vs_endpoint import endpoint_cost_nat_vs_endpoint
from checks.endpoints.cross_region import endpoint_cross_region
from checks.endpoints.gwlb_cross_az import endpoint_gwlb_cross_az
from checks.endpoints.isolated_no_endpoint import endpoint_isolated_no_endpoint
from checks.endpoints.nat_only_aws import endpoint_nat_only_aws
from checks.endpoints.quota import endpoint_quota
from checks.endpoints.s3_both_types import endpoint_s3_both_types
from checks.endpoints.s3_interface_shadows_gateway import endpoint_s3_interface_shadows_gateway
from checks.endpoints.state import endpoint_state
from checks.endpoints.untagged import endpoint_untagged
from checks.gateway_endpoints.client_nacl import gateway_endpoint_client_nacl
from checks.gateway_endpoints.client_sg_egress import gateway_endpoint_client_sg_egress
from checks.gateway_endpoints.dns import gateway_endpoint_dns
from checks.gateway_endpoints.missing import gateway_endpoint_missing
from checks.gateway_endpoints.needs_interface import gateway_endpoint_needs_interface
from checks.gateway_endpoints.no_route_table import gateway_endpoint_no_route_table
from checks.gateway_endpoints.route_shadowed import gateway_endpoint_route_shadowed
from checks.gateway_endpoints.route_table_gap import gateway_endpoint_route_table_gap
from checks.interface_endpoints.az_mismatch import interface_endpoint_az_mismatch
from checks.interface_endpoints.centralise import interface_endpoint_centralise
from checks.interface_endpoints.could_be_gateway import interface_endpoint_could_be_gateway
from checks.interface_endpoints.dns_attributes import interface_endpoint_dns_attributes
from checks.interface_endpoints.duplicate import interface_endpoint_duplicate
from checks.interface_endpoints.ip_type import interface_endpoint_ip_type
from checks.interface_endpoints.missing_service import interface_endpoint_missing_service
from checks.interface_endpoints.nacl import interface_endpoint_nacl
from checks.interface_endpoints.nat_for_aws import interface_endpoint_nat_for_aws
from checks.interface_endpoints.no_network_interface import interface_endpoint_no_network_interface
from checks.interface_endpoints.on_premises_dns import interface_endpoint_on_premises_dns
from checks.interface_endpoints.private_dns_off import interface_endpoint_private_dns_off
from checks.interface_endpoints.sg_default import interface_endpoint_sg_default
from checks.interface_endpoints.sg_missing import interface_endpoint_sg_missing
from checks.interface_endpoints.sg_no_443 import interface_endpoint_sg_no_443
from checks.interface_endpoints.sg_peer_not_allowed import interface_endpoint_sg_peer_not_allowed
from checks.interface_endpoints.sg_too_open import interface_endpoint_sg_too_open
from checks.interface_endpoints.single_az import interface_endpoint_single_az
from checks.interface_endpoints.subnet_ips import interface_endpoint_subnet_ips
from checks.interface_endpoints.unused import interface_endpoint_unused
from checks.peering.bypassed_by_internet import peering_bypassed_by_internet
from checks.peering.cidr_overlap import peering_cidr_overlap
from checks.peering.cidr_overlap_candidate import peering_cidr_overlap_candidate
from checks.peering.dns_resolution_off import peering_dns_resolution_off
from checks.peering.dns_vpc_attributes import peering_dns_vpc_attributes
from checks.peering.duplicate import peering_duplicate
from checks.peering.edge_gateway_endpoint import peering_edge_gateway_endpoint
from checks.peering.edge_internet_gateway import peering_edge_internet_gateway
from checks.peering.edge_nat import peering_edge_nat
from checks.peering.edge_on_premises import peering_edge_on_premises
from checks.peering.encryption_control import peering_encryption_control
from checks.peering.far_side_unaudited import peering_far_side_unaudited
from checks.peering.hub_overlap import peering_hub_overlap
from checks.peering.inter_region import peering_inter_region
from checks.peering.ipv6_not_routed import peering_ipv6_not_routed
from checks.peering.mesh_gap import peering_mesh_gap
from checks.peering.mesh_too_large import peering_mesh_too_large
from checks.peering.multipath_half import peering_multipath_half
from checks.peering.nacl_blocks import peering_nacl_blocks
from checks.peering.not_active import peering_not_active
from checks.peering.pending_stale import peering_pending_stale
from checks.peering.quota import peering_quota
from checks.peering.return_misroute import peering_return_misroute
from checks.peering.route_blackhole import peering_route_blackhole
from checks.peering.route_cidr_gap import peering_route_cidr_gap
from checks.peering.route_least_privilege import peering_route_least_privilege
from checks.peering.route_missing_side import peering_route_missing_side
from checks.peering.route_one_way import peering_route_one_way
from checks.peering.route_orphan_table import peering_route_orphan_table
from checks.peering.route_shadowed import peering_route_shadowed
from checks.peering.route_subnet_gap import peering_route_subnet_gap
from checks.peering.route_too_broad import peering_route_too_broad
from checks.peering.route_wrong_connection import peering_route_wrong_connection
from checks.peering.route_wrong_destination import peering_route_wrong_destination
from checks.peering.sg_blocks_peer import peering_sg_blocks_peer
from checks.peering.sg_cross_region_reference import peering_sg_cross_region_reference
from checks.peering.sg_prefer_reference import peering_sg_prefer_reference
from checks.peering.sg_reference_through_middlebox import peering_sg_reference_through_middlebox
from checks.peering.sg_reference_without_route import peering_sg_reference_without_route
from checks.peering.sg_stale_reference import peering_sg_stale_reference
from checks.peering.sg_too_open_to_peer import peering_sg_too_open_to_peer
from checks.peering.transitive_route import peering_transitive_route
from checks.peering.unknown_account import peering_unknown_account
from checks.peering.untagged import peering_untagged
from checks.peering.unused import peering_unused

CHECKS: tuple[Check, ...] = (
    audit_call_refused,
    audit_participant_view,
    audit_region_skipped,
    audit_snapshot_skew,
    audit_unknown_value,
    endpoint_cost_nat_vs_endpoint,
    endpoint_cross_region,
    endpoint_gwlb_cross_az,
    endpoint_isolated_no_endpoint,
    endpoint_nat_only_aws,
    endpoint_policy_default,
    endpoint_policy_denies_all,
    endpoint_policy_foreign_account,
    endpoint_policy_gateway_principal,
    endpoint_policy_no_perimeter,
    endpoint_policy_wildcard,
    endpoint_quota,
    endpoint_s3_both_types,
    endpoint_s3_interface_shadows_gateway,
    endpoint_service_auto_accept,
    endpoint_service_foreign_principal,
    endpoint_service_no_load_balancer,
    endpoint_service_no_notification,
    endpoint_service_orphan_connection,
    endpoint_service_pending_connections,
    endpoint_service_private_dns_unverified,
    endpoint_service_public_auto_accept,
    endpoint_service_public_manual,
    endpoint_service_remote_regions,
    endpoint_service_sg_bypass,
    endpoint_service_single_az,
    endpoint_service_state,
    endpoint_service_unused,
    endpoint_state,
    endpoint_untagged,
    gateway_endpoint_client_nacl,
    gateway_endpoint_client_sg_egress,
    gateway_endpoint_dns,
    gateway_endpoint_missing,
    gateway_endpoint_needs_interface,
    gateway_endpoint_no_route_table,
    gateway_endpoint_route_shadowed,
    gateway_endpoint_route_table_gap,
    interface_endpoint_az_mismatch,
    interface_endpoint_centralise,
    interface_endpoint_could_be_gateway,
    interface_endpoint_dns_attributes,
    interface_endpoint_duplicate,
    interface_endpoint_ip_type,
    interface_endpoint_missing_service,
    interface_endpoint_nacl,
    interface_endpoint_nat_for_aws,
    interface_endpoint_no_network_interface,
    interface_endpoint_on_premises_dns,
    interface_endpoint_private_dns_off,
    interface_endpoint_sg_default,
    interface_endpoint_sg_missing,
    interface_endpoint_sg_no_443,
    interface_endpoint_sg_peer_not_allowed,
    interface_endpoint_sg_too_open,
    interface_endpoint_single_az,
    interface_endpoint_subnet_ips,
    interface_endpoint_unused,
    peering_bypassed_by_internet,
    peering_cidr_overlap,
    peering_cidr_overlap_candidate,
    peering_dns_resolution_off,
    peering_dns_vpc_attributes,
    peering_duplicate,
    peering_edge_gateway_endpoint,
    peering_edge_internet_gateway,
    peering_edge_nat,
    peering_edge_on_premises,
    peering_encryption_control,
    peering_far_side_unaudited,
    peering_hub_overlap,
    peering_inter_region,
    peering_ipv6_not_routed,
    peering_mesh_gap,
    peering_mesh_too_large,
    peering_multipath_half,
    peering_nacl_blocks,
    peering_not_active,
    peering_pending_stale,
    peering_quota,
    peering_return_misroute,
    peering_route_blackhole,
    peering_route_cidr_gap,
    peering_route_least_privilege,
    peering_route_missing_side,
    peering_route_one_way,
    peering_route_orphan_table,
    peering_route_shadowed,
    peering_route_subnet_gap,
    peering_route_too_broad,
    peering_route_wrong_connection,
    peering_route_wrong_destination,
    peering_sg_blocks_peer,
    peering_sg_cross_region_reference,
    peering_sg_prefer_reference,
    peering_sg_reference_through_middlebox,
    peering_sg_reference_without_route,
    peering_sg_stale_reference,
    peering_sg_too_open_to_peer,
    peering_transitive_route,
    peering_unknown_account,
    peering_untagged,
    peering_unused,
)
