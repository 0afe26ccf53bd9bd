"""What is wrong with a peering connection's routes and with its pairs of subnets, decided once for all rules.

Each fault has one cause, and each cause is one rule's to report. Which rules are selected never changes a cause.
"""

import enum


class Cause(enum.StrEnum):
    """Everything that a peering connection can suffer from, by the rule that reports it."""

    CIDR_OVERLAP = "peering-cidr-overlap"
    HUB_OVERLAP = "peering-hub-overlap"
    RETURN_MISROUTE = "peering-return-misroute"
    ROUTE_MISSING_SIDE = "peering-route-missing-side"
    ROUTE_ONE_WAY = "peering-route-one-way"
    ROUTE_SUBNET_GAP = "peering-route-subnet-gap"
    ROUTE_CIDR_GAP = "peering-route-cidr-gap"
    IPV6_NOT_ROUTED = "peering-ipv6-not-routed"
    BYPASSED_BY_INTERNET = "peering-bypassed-by-internet"
    ROUTE_SHADOWED = "peering-route-shadowed"
    ROUTE_ORPHAN_TABLE = "peering-route-orphan-table"
    ROUTE_LEAST_PRIVILEGE = "peering-route-least-privilege"
    MESH_GAP = "peering-mesh-gap"
    MESH_TOO_LARGE = "peering-mesh-too-large"
    # The causes of a route, in the order in which the first that holds is the cause.
    ROUTE_BLACKHOLE = "peering-route-blackhole"
    EDGE_GATEWAY_ENDPOINT = "peering-edge-gateway-endpoint"
    EDGE_NAT = "peering-edge-nat"
    EDGE_INTERNET_GATEWAY = "peering-edge-internet-gateway"
    ROUTE_WRONG_CONNECTION = "peering-route-wrong-connection"
    TRANSITIVE_ROUTE = "peering-transitive-route"
    EDGE_ON_PREMISES = "peering-edge-on-premises"
    ROUTE_WRONG_DESTINATION = "peering-route-wrong-destination"
    ROUTE_TOO_BROAD = "peering-route-too-broad"
