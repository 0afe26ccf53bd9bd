"""The steps of a remedy as commands of the AWS CLI and as Terraform. They are for people to read, change and run."""

import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from auditor.findings import Operation
from auditor.remedies import destination_of
from auditor.report.text import escape_harmful
from auditor.snapshot import Target

_WORD = re.compile(r"(.)([A-Z][a-z]+)")
_CAPITAL = re.compile(r"([a-z0-9])([A-Z])")
_PLURAL_CAPITALS = re.compile(r"[A-Z]{2,}s$")


def cli(operation: Operation, at: Target) -> str:
    """The command that performs an operation in the region of ``at``, quoted for a POSIX shell.

    Structures are written as JSON, which the AWS CLI takes wherever it takes its own shorthand:
    https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-types.html
    """
    service, _, name = operation.operation.partition(":")
    words = ["aws", service, _kebab(name)]
    for parameter, value in operation.parameters.items():
        words += _option(parameter, value)
    if at.region:
        words += ["--region", at.region]
    return shlex.join(words)


def terraform(operation: Operation) -> str:
    """What to write, or in comments what to change or remove, in Terraform with the AWS provider.

    Empty where the operation has no counterpart in Terraform. https://registry.terraform.io/providers/hashicorp/aws/latest/docs
    """
    write = _TERRAFORM.get(operation.operation)
    return "\n".join(write(operation.parameters)) if write else ""


def _kebab(name: str) -> str:
    """AWS's name as the AWS CLI spells it: ``DestinationIpv6CidrBlock`` is ``destination-ipv6-cidr-block``."""
    name = _PLURAL_CAPITALS.sub(lambda match: f"-{match[0].lower()}", name)
    return _CAPITAL.sub(r"\1-\2", _WORD.sub(r"\1-\2", name)).lower()


def _option(parameter: str, value: Any) -> list[str]:
    option = f"--{_kebab(parameter)}"
    if isinstance(value, bool):
        # The one flag of EC2 whose opposite has a name of its own.
        no_option = "--ingress" if option == "--egress" else f"--no-{option[2:]}"
        return [option if value else no_option]
    if isinstance(value, Mapping):
        return [option, _json(value)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        plain = value and all(isinstance(each, str | int) for each in value)
        return [option, *map(str, value)] if plain else [option, _json(value)]
    return [option, str(value)]


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


Lines = Iterator[str]


def _create_route(parameters: Mapping[str, Any]) -> Lines:
    table = parameters["RouteTableId"]
    yield from _resource("aws_route", f"{table}_{destination_of(parameters)}", _arguments(parameters, _ROUTE))


def _replace_route(parameters: Mapping[str, Any]) -> Lines:
    yield f"# Change the route that stands in {_shown(parameters['RouteTableId'])} to this one:"
    yield from _create_route(parameters)


def _delete_route(parameters: Mapping[str, Any]) -> Lines:
    destination, table = _shown(destination_of(parameters)), _shown(parameters["RouteTableId"])
    yield f"# Remove the aws_route to {destination} in {table}, or the route block in its aws_route_table."


def peering_name(parameters: Mapping[str, Any]) -> str:
    """The name in Terraform of the connection that CreateVpcPeeringConnection makes."""
    return _identifier(f"{parameters['VpcId']}_{parameters['PeerVpcId']}")


def accepts_itself(parameters: Mapping[str, Any]) -> bool:
    """Whether Terraform accepts the request with the connection: only within one account and Region."""
    return "PeerOwnerId" not in parameters and "PeerRegion" not in parameters


def _create_peering(parameters: Mapping[str, Any]) -> Lines:
    accepted = [("auto_accept", _hcl(True))] if accepts_itself(parameters) else []
    arguments = [*_arguments(parameters, _PEERING), *accepted]
    yield from _resource("aws_vpc_peering_connection", peering_name(parameters), arguments)


def _accept_peering(parameters: Mapping[str, Any]) -> Lines:
    peering = parameters["VpcPeeringConnectionId"]
    yield from _resource(
        "aws_vpc_peering_connection_accepter",
        peering,
        [("vpc_peering_connection_id", _hcl(peering)), ("auto_accept", _hcl(True))],
    )


def _delete_peering(parameters: Mapping[str, Any]) -> Lines:
    peering = _shown(parameters["VpcPeeringConnectionId"])
    yield f"# Remove the aws_vpc_peering_connection {peering}, with its accepter and its options."


def _modify_peering_options(parameters: Mapping[str, Any]) -> Lines:
    peering = parameters["VpcPeeringConnectionId"]
    sides = [("requester", "RequesterPeeringConnectionOptions"), ("accepter", "AccepterPeeringConnectionOptions")]
    yield from _resource(
        "aws_vpc_peering_connection_options",
        peering,
        [("vpc_peering_connection_id", _hcl(peering))],
        [(block, _arguments(parameters[name], _PEERING_OPTIONS)) for block, name in sides if name in parameters],
    )


def _create_endpoint(parameters: Mapping[str, Any]) -> Lines:
    service = parameters["ServiceName"].rpartition(".")[2]
    # A VPC may need two gateway endpoints for a service, one of them for subnets with IPv6 alone.
    service += "_ipv6" if parameters.get("IpAddressType") == "ipv6" else ""
    yield from _resource("aws_vpc_endpoint", f"{parameters['VpcId']}_{service}", _arguments(parameters, _ENDPOINT))


def _modify_endpoint(parameters: Mapping[str, Any]) -> Lines:
    endpoint = parameters["VpcEndpointId"]
    parts: list[Iterable[str]] = []
    for name, kind, argument in _ASSOCIATIONS:
        parts += [
            _resource(kind, f"{endpoint}_{each}", [("vpc_endpoint_id", _hcl(endpoint)), (argument, _hcl(each))])
            for each in parameters.get(f"Add{name}", ())
        ]
        parts += [
            [f"# Remove {_shown(each)} from the aws_vpc_endpoint {_shown(endpoint)}, or their {kind}."]
            for each in parameters.get(f"Remove{name}", ())
        ]
    if "PolicyDocument" in parameters:
        policy = [("vpc_endpoint_id", _hcl(endpoint)), ("policy", _hcl(parameters["PolicyDocument"]))]
        parts.append(_resource("aws_vpc_endpoint_policy", endpoint, policy))
    changed = _arguments(parameters, _ENDPOINT_CHANGES)
    options = (
        [("dns_options", _arguments(parameters["DnsOptions"], _DNS_OPTIONS))] if "DnsOptions" in parameters else []
    )
    if changed or options:
        parts.append(_change("aws_vpc_endpoint", endpoint, changed, options))
    for index, part in enumerate(parts):
        yield from ["", *part] if index else part


def _delete_endpoints(parameters: Mapping[str, Any]) -> Lines:
    for endpoint in parameters["VpcEndpointIds"]:
        yield f"# Remove the aws_vpc_endpoint {_shown(endpoint)}."


def _update_dx_association(parameters: Mapping[str, Any]) -> Lines:
    where = f"allowed_prefixes of the aws_dx_gateway_association {_shown(parameters['associationId'])}"
    for prefix in parameters.get("removeAllowedPrefixesToDirectConnectGateway", ()):
        yield f"# Remove {_shown(prefix['cidr'])} from the {where}."


def _modify_vpc(parameters: Mapping[str, Any]) -> Lines:
    attributes = {name: value["Value"] for name, value in parameters.items() if isinstance(value, Mapping)}
    yield from _change("aws_vpc", parameters["VpcId"], _arguments(attributes, _VPC))


def _authorize_ingress(parameters: Mapping[str, Any]) -> Lines:
    return _authorize(parameters, "ingress")


def _authorize_egress(parameters: Mapping[str, Any]) -> Lines:
    return _authorize(parameters, "egress")


def _authorize(parameters: Mapping[str, Any], direction: str) -> Lines:
    for index, rule in enumerate(_rules(parameters)):
        if index:
            yield ""
        label = "_".join(value for name, value in rule if name != "description")
        yield from _resource(
            f"aws_vpc_security_group_{direction}_rule",
            f"{parameters['GroupId']}_{label}",
            [("security_group_id", _hcl(parameters["GroupId"])), *rule],
        )


def _create_acl_entry(parameters: Mapping[str, Any]) -> Lines:
    ports, icmp = parameters.get("PortRange", {}), parameters.get("IcmpTypeCode", {})
    yield from _resource(
        "aws_network_acl_rule",
        f"{parameters['NetworkAclId']}_{_way(parameters)}_{parameters['RuleNumber']}",
        [*_arguments(parameters, _ACL_ENTRY), *_arguments(ports, _PORT_RANGE), *_arguments(icmp, _ICMP)],
    )


def _delete_acl_entry(parameters: Mapping[str, Any]) -> Lines:
    acl, number = _shown(parameters["NetworkAclId"]), parameters["RuleNumber"]
    way = _way(parameters)
    yield f"# Remove the aws_network_acl_rule {number} ({way}) of {acl}, or the {way} block in its aws_network_acl."


def _way(parameters: Mapping[str, Any]) -> str:
    return "egress" if parameters["Egress"] else "ingress"


def _modify_encryption_control(parameters: Mapping[str, Any]) -> Lines:
    control = parameters["VpcEncryptionControlId"]
    yield from _change("aws_vpc_encryption_control", control, _arguments(parameters, _ENCRYPTION_CONTROL))


def _revoke_ingress(parameters: Mapping[str, Any]) -> Lines:
    return _revoke(parameters, "ingress")


def _revoke_egress(parameters: Mapping[str, Any]) -> Lines:
    return _revoke(parameters, "egress")


def _revoke(parameters: Mapping[str, Any], direction: str) -> Lines:
    group = _shown(parameters["GroupId"])
    where = f"the aws_vpc_security_group_{direction}_rule, or the {direction} block in the aws_security_group"
    for rule in parameters.get("SecurityGroupRuleIds", ()):
        yield f"# Remove rule {_shown(rule)} of {group}: {where}."
    for arguments in _rules(parameters):
        yield f"# Remove this rule of {group}: {where}:"
        yield from (f"#   {line}" for line in _aligned(arguments))


def _rules(parameters: Mapping[str, Any]) -> Iterator[list[tuple[str, str]]]:
    """The arguments of each rule: Terraform has one resource for each source or destination."""
    for permission in parameters.get("IpPermissions", ()):
        for name, kind, argument in _PEERS:
            for peer in permission.get(name, ()):
                whose = f"{peer['UserId']}/" if kind == "GroupId" and "UserId" in peer else ""
                description = [("description", _hcl(peer["Description"]))] if "Description" in peer else []
                # Of all protocols there are no ports, and the provider takes none.
                names = _PERMISSION if permission["IpProtocol"] != "-1" else _ALL_PROTOCOLS
                yield [*_arguments(permission, names), (argument, _hcl(f"{whose}{peer[kind]}")), *description]


def _modify_service_permissions(parameters: Mapping[str, Any]) -> Lines:
    service = _shown(parameters["ServiceId"])
    for principal in parameters.get("RemoveAllowedPrincipals", ()):
        yield f"# Remove {_shown(principal)} from allowed_principals in the aws_vpc_endpoint_service {service}, or its"
        yield "# aws_vpc_endpoint_service_allowed_principal."


def _modify_service(parameters: Mapping[str, Any]) -> Lines:
    service = parameters["ServiceId"]
    for name, argument in _SERVICE_LISTS.items():
        for each in parameters.get(f"Remove{name}", ()):
            yield f"# Remove {_shown(each)} from {argument} in the aws_vpc_endpoint_service {_shown(service)}."
    if changed := _arguments(parameters, _SERVICE_CHANGES):
        yield from _change("aws_vpc_endpoint_service", service, changed)


def _delete_services(parameters: Mapping[str, Any]) -> Lines:
    for service in parameters["ServiceIds"]:
        yield f"# Remove the aws_vpc_endpoint_service {_shown(service)}."


def _accept_endpoints(parameters: Mapping[str, Any]) -> Lines:
    service = parameters["ServiceId"]
    for index, endpoint in enumerate(parameters.get("VpcEndpointIds", ())):
        if index:
            yield ""
        arguments = [("vpc_endpoint_service_id", _hcl(service)), ("vpc_endpoint_id", _hcl(endpoint))]
        yield from _resource("aws_vpc_endpoint_connection_accepter", endpoint, arguments)


def _verify_private_dns(parameters: Mapping[str, Any]) -> Lines:
    service = parameters["ServiceId"]
    kind = "aws_vpc_endpoint_service_private_dns_verification"
    yield from _resource(kind, service, [("service_id", _hcl(service))])


def _set_security_groups(parameters: Mapping[str, Any]) -> Lines:
    yield from _change("aws_lb", parameters["LoadBalancerArn"], _arguments(parameters, _LOAD_BALANCER))


def _modify_load_balancer(parameters: Mapping[str, Any]) -> Lines:
    values = {each["Key"]: each["Value"] == "true" for each in parameters["Attributes"]}
    yield from _change("aws_lb", parameters["LoadBalancerArn"], _arguments(values, _LOAD_BALANCER_SWITCHES))


_ROUTE = {
    "RouteTableId": "route_table_id",
    "DestinationCidrBlock": "destination_cidr_block",
    "DestinationIpv6CidrBlock": "destination_ipv6_cidr_block",
    "DestinationPrefixListId": "destination_prefix_list_id",
    "EgressOnlyInternetGatewayId": "egress_only_gateway_id",
    "GatewayId": "gateway_id",
    "NatGatewayId": "nat_gateway_id",
    "NetworkInterfaceId": "network_interface_id",
    "TransitGatewayId": "transit_gateway_id",
    "VpcEndpointId": "vpc_endpoint_id",
    "VpcPeeringConnectionId": "vpc_peering_connection_id",
}
_PEERING = {
    "VpcId": "vpc_id",
    "PeerVpcId": "peer_vpc_id",
    "PeerOwnerId": "peer_owner_id",
    "PeerRegion": "peer_region",
}
_PEERING_OPTIONS = {"AllowDnsResolutionFromRemoteVpc": "allow_remote_vpc_dns_resolution"}
_DNS_OPTIONS = {
    "DnsRecordIpType": "dns_record_ip_type",
    "PrivateDnsOnlyForInboundResolverEndpoint": "private_dns_only_for_inbound_resolver_endpoint",
}
_ENDPOINT_CHANGES = {"PrivateDnsEnabled": "private_dns_enabled", "IpAddressType": "ip_address_type"}
_ENDPOINT = {
    "VpcId": "vpc_id",
    "ServiceName": "service_name",
    "VpcEndpointType": "vpc_endpoint_type",
    "RouteTableIds": "route_table_ids",
    "SubnetIds": "subnet_ids",
    "SecurityGroupIds": "security_group_ids",
    "PolicyDocument": "policy",
    **_ENDPOINT_CHANGES,
}
_ASSOCIATIONS = (
    ("RouteTableIds", "aws_vpc_endpoint_route_table_association", "route_table_id"),
    ("SubnetIds", "aws_vpc_endpoint_subnet_association", "subnet_id"),
    ("SecurityGroupIds", "aws_vpc_endpoint_security_group_association", "security_group_id"),
)
_SERVICE_CHANGES = {"AcceptanceRequired": "acceptance_required"}
_SERVICE_LISTS = {
    "NetworkLoadBalancerArns": "network_load_balancer_arns",
    "GatewayLoadBalancerArns": "gateway_load_balancer_arns",
    "SupportedRegions": "supported_regions",
}
_ENFORCE = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
_LOAD_BALANCER = {"SecurityGroups": "security_groups", _ENFORCE: _kebab(_ENFORCE).replace("-", "_")}
_LOAD_BALANCER_SWITCHES = {"load_balancing.cross_zone.enabled": "enable_cross_zone_load_balancing"}
_VPC = {
    "EnableDnsSupport": "enable_dns_support",
    "EnableDnsHostnames": "enable_dns_hostnames",
    "EnableNetworkAddressUsageMetrics": "enable_network_address_usage_metrics",
}
_ALL_PROTOCOLS = {"IpProtocol": "ip_protocol"}
_PERMISSION = {**_ALL_PROTOCOLS, "FromPort": "from_port", "ToPort": "to_port"}
_ACL_ENTRY = {
    "NetworkAclId": "network_acl_id",
    "RuleNumber": "rule_number",
    "Egress": "egress",
    "RuleAction": "rule_action",
    "Protocol": "protocol",
    "CidrBlock": "cidr_block",
    "Ipv6CidrBlock": "ipv6_cidr_block",
}
_PORT_RANGE = {"From": "from_port", "To": "to_port"}
_ICMP = {"Type": "icmp_type", "Code": "icmp_code"}
_ENCRYPTION_CONTROL = {"Mode": "mode", "VpcPeeringExclusion": "vpc_peering_exclusion"}
_PEERS = (
    ("IpRanges", "CidrIp", "cidr_ipv4"),
    ("Ipv6Ranges", "CidrIpv6", "cidr_ipv6"),
    ("PrefixListIds", "PrefixListId", "prefix_list_id"),
    ("UserIdGroupPairs", "GroupId", "referenced_security_group_id"),
)
_TERRAFORM: Mapping[str, Callable[[Mapping[str, Any]], Lines]] = {
    "directconnect:UpdateDirectConnectGatewayAssociation": _update_dx_association,
    "ec2:AcceptVpcEndpointConnections": _accept_endpoints,
    "ec2:AcceptVpcPeeringConnection": _accept_peering,
    "ec2:AuthorizeSecurityGroupEgress": _authorize_egress,
    "ec2:AuthorizeSecurityGroupIngress": _authorize_ingress,
    "ec2:CreateNetworkAclEntry": _create_acl_entry,
    "ec2:CreateRoute": _create_route,
    "ec2:CreateVpcEndpoint": _create_endpoint,
    "ec2:CreateVpcPeeringConnection": _create_peering,
    "ec2:DeleteNetworkAclEntry": _delete_acl_entry,
    "ec2:DeleteRoute": _delete_route,
    "ec2:DeleteVpcEndpoints": _delete_endpoints,
    "ec2:DeleteVpcPeeringConnection": _delete_peering,
    "ec2:DeleteVpcEndpointServiceConfigurations": _delete_services,
    "ec2:ModifyVpcAttribute": _modify_vpc,
    "ec2:ModifyVpcEncryptionControl": _modify_encryption_control,
    "ec2:ModifyVpcEndpoint": _modify_endpoint,
    "ec2:ModifyVpcEndpointServiceConfiguration": _modify_service,
    "ec2:ModifyVpcEndpointServicePermissions": _modify_service_permissions,
    "ec2:ModifyVpcPeeringConnectionOptions": _modify_peering_options,
    "ec2:ReplaceRoute": _replace_route,
    "ec2:RevokeSecurityGroupEgress": _revoke_egress,
    "ec2:RevokeSecurityGroupIngress": _revoke_ingress,
    "ec2:StartVpcEndpointServicePrivateDnsVerification": _verify_private_dns,
    "elbv2:ModifyLoadBalancerAttributes": _modify_load_balancer,
    "elbv2:SetSecurityGroups": _set_security_groups,
}


def _arguments(parameters: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Those of the parameters that have a name in Terraform, in Terraform's words."""
    return [(names[name], _hcl(value)) for name, value in parameters.items() if name in names]


def _resource(
    kind: str,
    label: str,
    arguments: Sequence[tuple[str, str]],
    blocks: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (),
) -> Lines:
    yield f'resource "{kind}" "{_identifier(label)}" {{'
    yield from (f"  {line}" for line in _aligned(arguments))
    for name, inner in blocks:
        yield ""
        yield f"  {name} {{"
        yield from (f"    {line}" for line in _aligned(inner))
        yield "  }"
    yield "}"


def _change(
    kind: str,
    resource_id: str,
    arguments: Sequence[tuple[str, str]],
    blocks: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (),
) -> Lines:
    """What to set in a resource that cannot be written from what is known of it."""
    yield f"# In the {kind} {_shown(resource_id)} set:"
    yield from (f"#   {line}" for line in _aligned(arguments))
    for name, inner in blocks:
        yield f"#   {name} {{"
        yield from (f"#     {line}" for line in _aligned(inner))
        yield "#   }"


def _aligned(arguments: Sequence[tuple[str, str]]) -> Lines:
    """The arguments as ``terraform fmt`` lays them out."""
    width = max((len(name) for name, _ in arguments), default=0)
    return (f"{name:<{width}} = {value}" for name, value in arguments)


def _identifier(text: str) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")
    return name if name[:1].isalpha() else f"_{name}"


def _shown(text: str) -> str:
    """The text for a comment, which ends with its line."""
    return _hcl(text)[1:-1]


def _hcl(value: Any) -> str:
    """A value in Terraform's language, in which ``${`` and ``%{`` begin templates.

    https://developer.hashicorp.com/terraform/language/expressions/strings
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        quoted = re.sub(r'[\\"]', r"\\\g<0>", value).replace("${", "$${").replace("%{", "%%{")
        return f'"{escape_harmful(quoted, _hcl_escape)}"'
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_hcl, value))}]"
    return str(value)


def _hcl_escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
