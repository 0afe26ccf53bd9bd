"""Records of AWS Direct Connect, which spells its members in camel case."""

from auditor.model.record import Cidr, Record


class RouteFilterPrefix(Record, rename="camel", frozen=True, kw_only=True):
    """A prefix that a Direct Connect gateway advertises to the customer's side."""

    cidr: Cidr | None = None


class AssociatedGateway(Record, rename="camel", frozen=True, kw_only=True):
    """The virtual private gateway or transit gateway of an association."""

    id: str | None = None
    type: str | None = None
    owner_account: str | None = None
    region: str | None = None


class DirectConnectGatewayAssociation(Record, rename="camel", frozen=True, kw_only=True):
    """An association between a Direct Connect gateway and a virtual private gateway."""

    association_id: str
    association_state: str | None = None
    direct_connect_gateway_id: str | None = None
    direct_connect_gateway_owner_account: str | None = None
    associated_gateway: AssociatedGateway | None = None
    allowed_prefixes_to_direct_connect_gateway: tuple[RouteFilterPrefix, ...] | None = None


class DirectConnectGatewayAssociations(Record, rename="camel", frozen=True, kw_only=True):
    """What DescribeDirectConnectGatewayAssociations says of one virtual private gateway."""

    associated_gateway_id: str
    direct_connect_gateway_associations: tuple[DirectConnectGatewayAssociation, ...] | None = None
