import json
import re
import shlex
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import ServiceModel, Shape, StructureShape
from botocore.validate import validate_parameters

from auditor.findings import Operation
from auditor.report.remedies import cli, terraform
from auditor.snapshot import Target

DUBLIN = Target("111111111111", "eu-west-1")
PEERING = "pcx-0a1b2c3d4e5f60718"
POLICY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Sid": "it's ${aws:PrincipalOrgID}"}]})

OPERATIONS = {
    "a service for fewer": Operation(
        "ec2:ModifyVpcEndpointServicePermissions",
        {"ServiceId": "vpce-svc-1", "RemoveAllowedPrincipals": ["*", "arn:aws:iam::222222222222:root"]},
    ),
    "a service that asks": Operation(
        "ec2:ModifyVpcEndpointServiceConfiguration", {"ServiceId": "vpce-svc-1", "AcceptanceRequired": True}
    ),
    "a service with less": Operation(
        "ec2:ModifyVpcEndpointServiceConfiguration",
        {
            "ServiceId": "vpce-svc-1",
            "RemoveNetworkLoadBalancerArns": ["arn:aws:elasticloadbalancing:x"],
            "RemoveSupportedRegions": ["us-east-1"],
        },
    ),
    "no services": Operation(
        "ec2:DeleteVpcEndpointServiceConfigurations", {"ServiceIds": ["vpce-svc-1", "vpce-svc-2"]}
    ),
    "endpoints accepted": Operation(
        "ec2:AcceptVpcEndpointConnections", {"ServiceId": "vpce-svc-1", "VpcEndpointIds": ["vpce-1", "vpce-2"]}
    ),
    "transit gateways accepted": Operation(
        "ec2:AcceptVpcEndpointConnections",
        {"ServiceId": "vpce-svc-1", "VpcEndpointIds": [], "TransitGatewayAttachmentIds": ["tgw-attach-1"]},
    ),
    "an endpoint rejected": Operation(
        "ec2:RejectVpcEndpointConnections", {"ServiceId": "vpce-svc-1", "VpcEndpointIds": ["vpce-1"]}
    ),
    "a name verified": Operation("ec2:StartVpcEndpointServicePrivateDnsVerification", {"ServiceId": "vpce-svc-1"}),
    "a route for IPv4": Operation(
        "ec2:CreateRoute",
        {"RouteTableId": "rtb-1", "DestinationCidrBlock": "10.0.0.0/16", "VpcPeeringConnectionId": PEERING},
    ),
    "a route for IPv6": Operation(
        "ec2:CreateRoute",
        {"RouteTableId": "rtb-1", "DestinationIpv6CidrBlock": "2001:db8::/32", "VpcPeeringConnectionId": PEERING},
    ),
    "another target": Operation(
        "ec2:ReplaceRoute", {"RouteTableId": "rtb-1", "DestinationPrefixListId": "pl-1", "GatewayId": "igw-1"}
    ),
    "no route": Operation("ec2:DeleteRoute", {"RouteTableId": "rtb-1", "DestinationCidrBlock": "10.0.0.0/16"}),
    "a request": Operation("ec2:CreateVpcPeeringConnection", {"VpcId": "vpc-1", "PeerVpcId": "vpc-2"}),
    "a request of another account and region": Operation(
        "ec2:CreateVpcPeeringConnection",
        {"VpcId": "vpc-1", "PeerVpcId": "vpc-2", "PeerOwnerId": "222222222222", "PeerRegion": "us-east-1"},
    ),
    "acceptance": Operation("ec2:AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": PEERING}),
    "no peering": Operation("ec2:DeleteVpcPeeringConnection", {"VpcPeeringConnectionId": PEERING}),
    "peering options": Operation(
        "ec2:ModifyVpcPeeringConnectionOptions",
        {
            "VpcPeeringConnectionId": PEERING,
            "RequesterPeeringConnectionOptions": {"AllowDnsResolutionFromRemoteVpc": True},
            "AccepterPeeringConnectionOptions": {"AllowDnsResolutionFromRemoteVpc": False},
        },
    ),
    "all of an endpoint": Operation(
        "ec2:ModifyVpcEndpoint",
        {
            "VpcEndpointId": "vpce-1",
            "AddRouteTableIds": ["rtb-1", "rtb-2"],
            "AddSubnetIds": ["subnet-1"],
            "AddSecurityGroupIds": ["sg-1"],
            "RemoveSecurityGroupIds": ["sg-2"],
            "PolicyDocument": POLICY,
            "PrivateDnsEnabled": True,
            "IpAddressType": "dualstack",
            "DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": True},
        },
    ),
    "both families": Operation(
        "ec2:ModifyVpcEndpoint",
        {"VpcEndpointId": "vpce-1", "IpAddressType": "dualstack", "DnsOptions": {"DnsRecordIpType": "dualstack"}},
    ),
    "names of both families": Operation(
        "ec2:ModifyVpcEndpoint", {"VpcEndpointId": "vpce-1", "DnsOptions": {"DnsRecordIpType": "dualstack"}}
    ),
    "another endpoint to lead to": Operation(
        "ec2:ReplaceRoute", {"RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0", "VpcEndpointId": "vpce-1"}
    ),
    "a policy reset": Operation("ec2:ModifyVpcEndpoint", {"VpcEndpointId": "vpce-1", "ResetPolicy": True}),
    "a gateway endpoint": Operation(
        "ec2:CreateVpcEndpoint",
        {
            "VpcEndpointType": "Gateway",
            "VpcId": "vpc-1",
            "ServiceName": "com.amazonaws.eu-west-1.s3",
            "RouteTableIds": ["rtb-1", "rtb-2"],
        },
    ),
    "a gateway endpoint for IPv6": Operation(
        "ec2:CreateVpcEndpoint",
        {
            "VpcEndpointType": "Gateway",
            "VpcId": "vpc-1",
            "ServiceName": "com.amazonaws.eu-west-1.s3",
            "RouteTableIds": ["rtb-3"],
            "IpAddressType": "ipv6",
        },
    ),
    "an interface endpoint": Operation(
        "ec2:CreateVpcEndpoint",
        {
            "VpcEndpointType": "Interface",
            "VpcId": "vpc-1",
            "ServiceName": "com.amazonaws.eu-west-1.sts",
            "SubnetIds": ["subnet-1"],
            "SecurityGroupIds": [],
            "PrivateDnsEnabled": False,
        },
    ),
    "DNS in a VPC": Operation("ec2:ModifyVpcAttribute", {"VpcId": "vpc-1", "EnableDnsSupport": {"Value": True}}),
    "rules let in": Operation(
        "ec2:AuthorizeSecurityGroupIngress",
        {
            "GroupId": "sg-1",
            "IpPermissions": [
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "IpRanges": [{"CidrIp": "10.0.0.0/16", "Description": 'the "${peer}" side'}],
                    "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/56"}],
                    "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": "222222222222"}, {"GroupId": "sg-3"}],
                },
                {"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-1"}]},
            ],
        },
    ),
    "a prefix list let out": Operation(
        "ec2:AuthorizeSecurityGroupEgress",
        {
            "GroupId": "sg-1",
            "IpPermissions": [
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-1"}]}
            ],
        },
    ),
    "no more let in": Operation(
        "ec2:RevokeSecurityGroupIngress",
        {"GroupId": "sg-1", "IpPermissions": [{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}]},
    ),
    "no more let out": Operation(
        "ec2:RevokeSecurityGroupEgress", {"GroupId": "sg-1", "SecurityGroupRuleIds": ["sgr-1"]}
    ),
    "an ACL entry": Operation(
        "ec2:CreateNetworkAclEntry",
        {
            "NetworkAclId": "acl-1",
            "RuleNumber": 100,
            "Protocol": "6",
            "RuleAction": "allow",
            "Egress": False,
            "CidrBlock": "10.0.0.0/16",
            "PortRange": {"From": 443, "To": 443},
        },
    ),
    "an ACL entry for pings": Operation(
        "ec2:CreateNetworkAclEntry",
        {
            "NetworkAclId": "acl-1",
            "RuleNumber": 90,
            "Protocol": "58",
            "RuleAction": "deny",
            "Egress": True,
            "Ipv6CidrBlock": "2001:db8::/56",
            "IcmpTypeCode": {"Type": -1, "Code": -1},
        },
    ),
    "an ACL entry for everything": Operation(
        "ec2:CreateNetworkAclEntry",
        {
            "NetworkAclId": "acl-1",
            "RuleNumber": 110,
            "Protocol": "-1",
            "RuleAction": "allow",
            "Egress": True,
            "Ipv6CidrBlock": "::/0",
        },
    ),
    "the other direction": Operation(
        "ec2:DeleteNetworkAclEntry", {"NetworkAclId": "acl-1", "RuleNumber": 100, "Egress": True}
    ),
    "rules let out": Operation(
        "ec2:AuthorizeSecurityGroupEgress",
        {
            "GroupId": "sg-1",
            "IpPermissions": [
                {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "IpRanges": [{"CidrIp": "10.0.0.2/32"}]},
                {"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
            ],
        },
    ),
    "encryption control": Operation(
        "ec2:ModifyVpcEncryptionControl", {"VpcEncryptionControlId": "vpcec-1", "VpcPeeringExclusion": "disable"}
    ),
    "no endpoint": Operation("ec2:DeleteVpcEndpoints", {"VpcEndpointIds": ["vpce-1"]}),
    "no request": Operation("ec2:RejectVpcPeeringConnection", {"VpcPeeringConnectionId": PEERING}),
}
COMMANDS = {
    "a service for fewer": "modify-vpc-endpoint-service-permissions --service-id vpce-svc-1 "
    "--remove-allowed-principals '*' arn:aws:iam::222222222222:root",
    "a service that asks": "modify-vpc-endpoint-service-configuration --service-id vpce-svc-1 --acceptance-required",
    "a service with less": "modify-vpc-endpoint-service-configuration --service-id vpce-svc-1 "
    "--remove-network-load-balancer-arns arn:aws:elasticloadbalancing:x --remove-supported-regions us-east-1",
    "no services": "delete-vpc-endpoint-service-configurations --service-ids vpce-svc-1 vpce-svc-2",
    "endpoints accepted": "accept-vpc-endpoint-connections --service-id vpce-svc-1 --vpc-endpoint-ids vpce-1 vpce-2",
    "transit gateways accepted": "accept-vpc-endpoint-connections --service-id vpce-svc-1 --vpc-endpoint-ids '[]' "
    "--transit-gateway-attachment-ids tgw-attach-1",
    "an endpoint rejected": "reject-vpc-endpoint-connections --service-id vpce-svc-1 --vpc-endpoint-ids vpce-1",
    "a name verified": "start-vpc-endpoint-service-private-dns-verification --service-id vpce-svc-1",
    "a route for IPv4": "create-route --route-table-id rtb-1 --destination-cidr-block 10.0.0.0/16 "
    "--vpc-peering-connection-id pcx-0a1b2c3d4e5f60718",
    "a route for IPv6": "create-route --route-table-id rtb-1 --destination-ipv6-cidr-block 2001:db8::/32 "
    "--vpc-peering-connection-id pcx-0a1b2c3d4e5f60718",
    "another target": "replace-route --route-table-id rtb-1 --destination-prefix-list-id pl-1 --gateway-id igw-1",
    "no route": "delete-route --route-table-id rtb-1 --destination-cidr-block 10.0.0.0/16",
    "a request": "create-vpc-peering-connection --vpc-id vpc-1 --peer-vpc-id vpc-2",
    "a request of another account and region": "create-vpc-peering-connection --vpc-id vpc-1 --peer-vpc-id vpc-2 "
    "--peer-owner-id 222222222222 --peer-region us-east-1",
    "acceptance": "accept-vpc-peering-connection --vpc-peering-connection-id pcx-0a1b2c3d4e5f60718",
    "no peering": "delete-vpc-peering-connection --vpc-peering-connection-id pcx-0a1b2c3d4e5f60718",
    "peering options": "modify-vpc-peering-connection-options --vpc-peering-connection-id pcx-0a1b2c3d4e5f60718 "
    """--requester-peering-connection-options '{"AllowDnsResolutionFromRemoteVpc":true}' """
    """--accepter-peering-connection-options '{"AllowDnsResolutionFromRemoteVpc":false}'""",
    "all of an endpoint": "modify-vpc-endpoint --vpc-endpoint-id vpce-1 --add-route-table-ids rtb-1 rtb-2 "
    "--add-subnet-ids subnet-1 --add-security-group-ids sg-1 --remove-security-group-ids sg-2 --policy-document "
    """'{"Statement": [{"Effect": "Allow", "Principal": "*", "Sid": "it'"'"'s ${aws:PrincipalOrgID}"}]}' """
    "--private-dns-enabled --ip-address-type dualstack "
    """--dns-options '{"PrivateDnsOnlyForInboundResolverEndpoint":true}'""",
    "both families": "modify-vpc-endpoint --vpc-endpoint-id vpce-1 --ip-address-type dualstack --dns-options "
    """'{"DnsRecordIpType":"dualstack"}'""",
    "names of both families": "modify-vpc-endpoint --vpc-endpoint-id vpce-1 --dns-options "
    """'{"DnsRecordIpType":"dualstack"}'""",
    "another endpoint to lead to": "replace-route --route-table-id rtb-1 --destination-cidr-block 0.0.0.0/0 "
    "--vpc-endpoint-id vpce-1",
    "a policy reset": "modify-vpc-endpoint --vpc-endpoint-id vpce-1 --reset-policy",
    "a gateway endpoint": "create-vpc-endpoint --vpc-endpoint-type Gateway --vpc-id vpc-1 "
    "--service-name com.amazonaws.eu-west-1.s3 --route-table-ids rtb-1 rtb-2",
    "a gateway endpoint for IPv6": "create-vpc-endpoint --vpc-endpoint-type Gateway --vpc-id vpc-1 "
    "--service-name com.amazonaws.eu-west-1.s3 --route-table-ids rtb-3 --ip-address-type ipv6",
    "an interface endpoint": "create-vpc-endpoint --vpc-endpoint-type Interface --vpc-id vpc-1 "
    "--service-name com.amazonaws.eu-west-1.sts --subnet-ids subnet-1 --security-group-ids '[]' "
    "--no-private-dns-enabled",
    "DNS in a VPC": """modify-vpc-attribute --vpc-id vpc-1 --enable-dns-support '{"Value":true}'""",
    "rules let in": "authorize-security-group-ingress --group-id sg-1 --ip-permissions "
    """'[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"IpRanges":[{"CidrIp":"10.0.0.0/16","""
    """"Description":"the \\"${peer}\\" side"}],"Ipv6Ranges":[{"CidrIpv6":"2001:db8::/56"}],"""
    """"UserIdGroupPairs":[{"GroupId":"sg-2","UserId":"222222222222"},{"GroupId":"sg-3"}]},"""
    """{"IpProtocol":"-1","PrefixListIds":[{"PrefixListId":"pl-1"}]}]'""",
    "a prefix list let out": "authorize-security-group-egress --group-id sg-1 --ip-permissions "
    """'[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"PrefixListIds":[{"PrefixListId":"pl-1"}]}]'""",
    "no more let in": "revoke-security-group-ingress --group-id sg-1 --ip-permissions "
    """'[{"IpProtocol":"-1","Ipv6Ranges":[{"CidrIpv6":"::/0"}]}]'""",
    "no more let out": "revoke-security-group-egress --group-id sg-1 --security-group-rule-ids sgr-1",
    "an ACL entry": "create-network-acl-entry --network-acl-id acl-1 --rule-number 100 --protocol 6 "
    """--rule-action allow --ingress --cidr-block 10.0.0.0/16 --port-range '{"From":443,"To":443}'""",
    "an ACL entry for pings": "create-network-acl-entry --network-acl-id acl-1 --rule-number 90 --protocol 58 "
    """--rule-action deny --egress --ipv6-cidr-block 2001:db8::/56 --icmp-type-code '{"Type":-1,"Code":-1}'""",
    "rules let out": "authorize-security-group-egress --group-id sg-1 --ip-permissions "
    """'[{"IpProtocol":"udp","FromPort":53,"ToPort":53,"IpRanges":[{"CidrIp":"10.0.0.2/32"}]},"""
    """{"IpProtocol":"-1","FromPort":-1,"ToPort":-1,"Ipv6Ranges":[{"CidrIpv6":"::/0"}]}]'""",
    "encryption control": "modify-vpc-encryption-control --vpc-encryption-control-id vpcec-1 "
    "--vpc-peering-exclusion disable",
    "no endpoint": "delete-vpc-endpoints --vpc-endpoint-ids vpce-1",
    "no request": "reject-vpc-peering-connection --vpc-peering-connection-id pcx-0a1b2c3d4e5f60718",
    "an ACL entry for everything": "create-network-acl-entry --network-acl-id acl-1 --rule-number 110 --protocol -1 "
    "--rule-action allow --egress --ipv6-cidr-block ::/0",
    "the other direction": "delete-network-acl-entry --network-acl-id acl-1 --rule-number 100 --egress",
}
SNIPPETS = {
    "a service for fewer": """\
# Remove * from allowed_principals in the aws_vpc_endpoint_service vpce-svc-1, or its
# aws_vpc_endpoint_service_allowed_principal.
# Remove arn:aws:iam::222222222222:root from allowed_principals in the aws_vpc_endpoint_service vpce-svc-1, or its
# aws_vpc_endpoint_service_allowed_principal.""",
    "a service that asks": """\
# In the aws_vpc_endpoint_service vpce-svc-1 set:
#   acceptance_required = true""",
    "a service with less": """\
# Remove arn:aws:elasticloadbalancing:x from network_load_balancer_arns in the aws_vpc_endpoint_service vpce-svc-1.
# Remove us-east-1 from supported_regions in the aws_vpc_endpoint_service vpce-svc-1.""",
    "no services": """\
# Remove the aws_vpc_endpoint_service vpce-svc-1.
# Remove the aws_vpc_endpoint_service vpce-svc-2.""",
    "endpoints accepted": """\
resource "aws_vpc_endpoint_connection_accepter" "vpce_1" {
  vpc_endpoint_service_id = "vpce-svc-1"
  vpc_endpoint_id         = "vpce-1"
}

resource "aws_vpc_endpoint_connection_accepter" "vpce_2" {
  vpc_endpoint_service_id = "vpce-svc-1"
  vpc_endpoint_id         = "vpce-2"
}""",
    "transit gateways accepted": "",
    "an endpoint rejected": "",
    "a name verified": """\
resource "aws_vpc_endpoint_service_private_dns_verification" "vpce_svc_1" {
  service_id = "vpce-svc-1"
}""",
    "a route for IPv4": """\
resource "aws_route" "rtb_1_10_0_0_0_16" {
  route_table_id            = "rtb-1"
  destination_cidr_block    = "10.0.0.0/16"
  vpc_peering_connection_id = "pcx-0a1b2c3d4e5f60718"
}""",
    "a route for IPv6": """\
resource "aws_route" "rtb_1_2001_db8_32" {
  route_table_id              = "rtb-1"
  destination_ipv6_cidr_block = "2001:db8::/32"
  vpc_peering_connection_id   = "pcx-0a1b2c3d4e5f60718"
}""",
    "another target": """\
# Change the route that stands in rtb-1 to this one:
resource "aws_route" "rtb_1_pl_1" {
  route_table_id             = "rtb-1"
  destination_prefix_list_id = "pl-1"
  gateway_id                 = "igw-1"
}""",
    "no route": "# Remove the aws_route to 10.0.0.0/16 in rtb-1, or the route block in its aws_route_table.",
    "a request": """\
resource "aws_vpc_peering_connection" "vpc_1_vpc_2" {
  vpc_id      = "vpc-1"
  peer_vpc_id = "vpc-2"
  auto_accept = true
}""",
    "a request of another account and region": """\
resource "aws_vpc_peering_connection" "vpc_1_vpc_2" {
  vpc_id        = "vpc-1"
  peer_vpc_id   = "vpc-2"
  peer_owner_id = "222222222222"
  peer_region   = "us-east-1"
}""",
    "acceptance": """\
resource "aws_vpc_peering_connection_accepter" "pcx_0a1b2c3d4e5f60718" {
  vpc_peering_connection_id = "pcx-0a1b2c3d4e5f60718"
  auto_accept               = true
}""",
    "no peering": "# Remove the aws_vpc_peering_connection pcx-0a1b2c3d4e5f60718, with its accepter and its options.",
    "peering options": """\
resource "aws_vpc_peering_connection_options" "pcx_0a1b2c3d4e5f60718" {
  vpc_peering_connection_id = "pcx-0a1b2c3d4e5f60718"

  requester {
    allow_remote_vpc_dns_resolution = true
  }

  accepter {
    allow_remote_vpc_dns_resolution = false
  }
}""",
    "all of an endpoint": """\
resource "aws_vpc_endpoint_route_table_association" "vpce_1_rtb_1" {
  vpc_endpoint_id = "vpce-1"
  route_table_id  = "rtb-1"
}

resource "aws_vpc_endpoint_route_table_association" "vpce_1_rtb_2" {
  vpc_endpoint_id = "vpce-1"
  route_table_id  = "rtb-2"
}

resource "aws_vpc_endpoint_subnet_association" "vpce_1_subnet_1" {
  vpc_endpoint_id = "vpce-1"
  subnet_id       = "subnet-1"
}

resource "aws_vpc_endpoint_security_group_association" "vpce_1_sg_1" {
  vpc_endpoint_id   = "vpce-1"
  security_group_id = "sg-1"
}

# Remove sg-2 from the aws_vpc_endpoint vpce-1, or their aws_vpc_endpoint_security_group_association.

resource "aws_vpc_endpoint_policy" "vpce_1" {
  vpc_endpoint_id = "vpce-1"
  policy          = "{\\"Statement\\": [{\\"Effect\\": \\"Allow\\", \\"Principal\\": \\"*\\", \
\\"Sid\\": \\"it's $${aws:PrincipalOrgID}\\"}]}"
}

# In the aws_vpc_endpoint vpce-1 set:
#   private_dns_enabled = true
#   ip_address_type     = "dualstack"
#   dns_options {
#     private_dns_only_for_inbound_resolver_endpoint = true
#   }""",
    "both families": """\
# In the aws_vpc_endpoint vpce-1 set:
#   ip_address_type = "dualstack"
#   dns_options {
#     dns_record_ip_type = "dualstack"
#   }""",
    "names of both families": """\
# In the aws_vpc_endpoint vpce-1 set:
#   dns_options {
#     dns_record_ip_type = "dualstack"
#   }""",
    "another endpoint to lead to": """\
# Change the route that stands in rtb-1 to this one:
resource "aws_route" "rtb_1_0_0_0_0_0" {
  route_table_id         = "rtb-1"
  destination_cidr_block = "0.0.0.0/0"
  vpc_endpoint_id        = "vpce-1"
}""",
    "a policy reset": "",
    "a gateway endpoint": """\
resource "aws_vpc_endpoint" "vpc_1_s3" {
  vpc_endpoint_type = "Gateway"
  vpc_id            = "vpc-1"
  service_name      = "com.amazonaws.eu-west-1.s3"
  route_table_ids   = ["rtb-1", "rtb-2"]
}""",
    "a gateway endpoint for IPv6": """\
resource "aws_vpc_endpoint" "vpc_1_s3_ipv6" {
  vpc_endpoint_type = "Gateway"
  vpc_id            = "vpc-1"
  service_name      = "com.amazonaws.eu-west-1.s3"
  route_table_ids   = ["rtb-3"]
  ip_address_type   = "ipv6"
}""",
    "an interface endpoint": """\
resource "aws_vpc_endpoint" "vpc_1_sts" {
  vpc_endpoint_type   = "Interface"
  vpc_id              = "vpc-1"
  service_name        = "com.amazonaws.eu-west-1.sts"
  subnet_ids          = ["subnet-1"]
  security_group_ids  = []
  private_dns_enabled = false
}""",
    "DNS in a VPC": """\
# In the aws_vpc vpc-1 set:
#   enable_dns_support = true""",
    "rules let in": """\
resource "aws_vpc_security_group_ingress_rule" "sg_1_tcp_443_443_10_0_0_0_16" {
  security_group_id = "sg-1"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "10.0.0.0/16"
  description       = "the \\"$${peer}\\" side"
}

resource "aws_vpc_security_group_ingress_rule" "sg_1_tcp_443_443_2001_db8_56" {
  security_group_id = "sg-1"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv6         = "2001:db8::/56"
}

resource "aws_vpc_security_group_ingress_rule" "sg_1_tcp_443_443_222222222222_sg_2" {
  security_group_id            = "sg-1"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = "222222222222/sg-2"
}

resource "aws_vpc_security_group_ingress_rule" "sg_1_tcp_443_443_sg_3" {
  security_group_id            = "sg-1"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = "sg-3"
}

resource "aws_vpc_security_group_ingress_rule" "sg_1_1_pl_1" {
  security_group_id = "sg-1"
  ip_protocol       = "-1"
  prefix_list_id    = "pl-1"
}""",
    "a prefix list let out": """\
resource "aws_vpc_security_group_egress_rule" "sg_1_tcp_443_443_pl_1" {
  security_group_id = "sg-1"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = "pl-1"
}""",
    "no more let in": """\
# Remove this rule of sg-1: the aws_vpc_security_group_ingress_rule, or the ingress block in the aws_security_group:
#   ip_protocol = "-1"
#   cidr_ipv6   = "::/0\"""",
    "no more let out": """\
# Remove rule sgr-1 of sg-1: the aws_vpc_security_group_egress_rule, or the egress block in the aws_security_group.""",
    "an ACL entry": """\
resource "aws_network_acl_rule" "acl_1_ingress_100" {
  network_acl_id = "acl-1"
  rule_number    = 100
  protocol       = "6"
  rule_action    = "allow"
  egress         = false
  cidr_block     = "10.0.0.0/16"
  from_port      = 443
  to_port        = 443
}""",
    "an ACL entry for pings": """\
resource "aws_network_acl_rule" "acl_1_egress_90" {
  network_acl_id  = "acl-1"
  rule_number     = 90
  protocol        = "58"
  rule_action     = "deny"
  egress          = true
  ipv6_cidr_block = "2001:db8::/56"
  icmp_type       = -1
  icmp_code       = -1
}""",
    "the other direction": (
        "# Remove the aws_network_acl_rule 100 (egress) of acl-1, or the egress block in its aws_network_acl."
    ),
    "rules let out": """\
resource "aws_vpc_security_group_egress_rule" "sg_1_udp_53_53_10_0_0_2_32" {
  security_group_id = "sg-1"
  ip_protocol       = "udp"
  from_port         = 53
  to_port           = 53
  cidr_ipv4         = "10.0.0.2/32"
}

resource "aws_vpc_security_group_egress_rule" "sg_1_1_0" {
  security_group_id = "sg-1"
  ip_protocol       = "-1"
  cidr_ipv6         = "::/0"
}""",
    "encryption control": """\
# In the aws_vpc_encryption_control vpcec-1 set:
#   vpc_peering_exclusion = "disable\"""",
    "no endpoint": "# Remove the aws_vpc_endpoint vpce-1.",
    "no request": "",
    "an ACL entry for everything": """\
resource "aws_network_acl_rule" "acl_1_egress_110" {
  network_acl_id  = "acl-1"
  rule_number     = 110
  protocol        = "-1"
  rule_action     = "allow"
  egress          = true
  ipv6_cidr_block = "::/0"
}""",
}


@pytest.fixture(scope="module")
def ec2() -> ServiceModel:
    return botocore.session.get_session().get_service_model("ec2")


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_a_command(name: str) -> None:
    assert cli(OPERATIONS[name], DUBLIN) == f"aws ec2 {COMMANDS[name]} --region eu-west-1"


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_command_gives_the_operation_its_parameters(name: str, ec2: ServiceModel) -> None:
    operation = OPERATIONS[name]
    model = ec2.operation_model(operation.operation.removeprefix("ec2:"))
    shape = model.input_shape
    assert shape is not None
    validate_parameters(operation.parameters, shape)
    words = shlex.split(cli(operation, DUBLIN))
    assert words[:3] == ["aws", "ec2", xform_name(model.name, "-")]
    assert words[-2:] == ["--region", "eu-west-1"]
    assert as_the_aws_cli_reads(words[3:-2], shape) == operation.parameters


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_terraform(name: str) -> None:
    assert terraform(OPERATIONS[name]) == SNIPPETS[name]


def test_a_prefix_that_is_not_to_be_advertised_is_a_comment() -> None:
    step = Operation(
        "directconnect:UpdateDirectConnectGatewayAssociation",
        {"associationId": "a-1", "removeAllowedPrefixesToDirectConnectGateway": [{"cidr": "10.1.0.0/16"}]},
    )
    assert terraform(step) == "# Remove 10.1.0.0/16 from the allowed_prefixes of the aws_dx_gateway_association a-1."


def test_operations_on_load_balancers_are_commands_and_terraform() -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/net/shop/0a"
    groups = {
        "LoadBalancerArn": arn,
        "SecurityGroups": ["sg-1", "sg-2"],
        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": "on",
    }
    asked = Operation("elbv2:SetSecurityGroups", groups)
    assert cli(asked, DUBLIN) == (
        f"aws elbv2 set-security-groups --load-balancer-arn {arn} --security-groups sg-1 sg-2 "
        "--enforce-security-group-inbound-rules-on-private-link-traffic on --region eu-west-1"
    )
    assert terraform(asked) == (
        f"# In the aws_lb {arn} set:\n"
        '#   security_groups                                              = ["sg-1", "sg-2"]\n'
        '#   enforce_security_group_inbound_rules_on_private_link_traffic = "on"'
    )
    attribute = {"Key": "load_balancing.cross_zone.enabled", "Value": "true"}
    crossed = Operation("elbv2:ModifyLoadBalancerAttributes", {"LoadBalancerArn": arn, "Attributes": [attribute]})
    assert shlex.split(cli(crossed, DUBLIN))[-4:-2] == ["--attributes", json.dumps([attribute], separators=(",", ":"))]
    assert terraform(crossed) == f"# In the aws_lb {arn} set:\n#   enable_cross_zone_load_balancing = true"


def test_every_name_in_ec2_is_spelled_as_the_aws_cli_spells_it(ec2: ServiceModel) -> None:
    spelled = {}
    expected = {}
    for name in ec2.operation_names:
        shape = ec2.operation_model(name).input_shape
        members = list(shape.members) if shape else []
        command = cli(Operation(f"ec2:{name}", dict.fromkeys(members, "x")), Target("111111111111", ""))
        spelled[name] = command.replace(" x", "").split()[2:]
        expected[name] = [xform_name(name, "-"), *(f"--{xform_name(member, '-')}" for member in members)]
    assert len(expected) > 700
    assert spelled == expected


def test_a_command_for_what_has_no_region_names_none() -> None:
    operation = Operation("iam:DeleteRole", {"RoleName": "audit"})
    assert cli(operation, Target("111111111111", "")) == "aws iam delete-role --role-name audit"


def test_hostile_values_stay_one_word_of_the_shell() -> None:
    value = "$(reboot); `id` 'x' \"y\" \\ \n"
    command = cli(Operation("ec2:CreateTags", {"Resources": [value], "Tags": [{"Key": value, "Value": ""}]}), DUBLIN)
    words = shlex.split(command)
    assert words[3:5] == ["--resources", value]
    assert json.loads(words[6]) == [{"Key": value, "Value": ""}]


def test_hostile_values_stay_one_string_of_terraform() -> None:
    value = 'x" \\ ${file("/etc/passwd")} %{ if true } \n \x1b\u202e\U000e0041 é 東'
    snippet = terraform(
        Operation("ec2:ModifyVpcEndpoint", {"VpcEndpointId": "vpce-1", "PolicyDocument": value})
    ).splitlines()
    assert snippet == [
        'resource "aws_vpc_endpoint_policy" "vpce_1" {',
        '  vpc_endpoint_id = "vpce-1"',
        r'  policy          = "x\" \\ $${file(\"/etc/passwd\")} %%{ if true } '
        r'\u000a \u001b\u202e\U000e0041 é 東"',
        "}",
    ]


def test_hostile_values_end_no_comment() -> None:
    table = 'rtb-1\nresource "null_resource" "x" {}'
    snippet = terraform(Operation("ec2:DeleteRoute", {"RouteTableId": table, "DestinationCidrBlock": "10.0.0.0/8"}))
    assert snippet == (
        r"# Remove the aws_route to 10.0.0.0/8 in rtb-1\u000aresource \"null_resource\" \"x\" {}, "
        "or the route block in its aws_route_table."
    )


@pytest.mark.parametrize("table", ["rtb-1", "1", "-", "", 'x" {', "東京", "_"])
def test_labels_are_identifiers(table: str) -> None:
    snippet = terraform(Operation("ec2:CreateRoute", {"RouteTableId": table, "DestinationCidrBlock": "::"}))
    assert re.match(r'resource "aws_route" "[A-Za-z_][A-Za-z0-9_]*" \{\n', snippet)


def test_options_that_terraform_does_not_know_leave_no_broken_block() -> None:
    legacy = {"AllowEgressFromLocalClassicLinkToRemoteVpc": False}
    operation = Operation(
        "ec2:ModifyVpcPeeringConnectionOptions",
        {"VpcPeeringConnectionId": "pcx-1", "RequesterPeeringConnectionOptions": legacy},
    )
    assert terraform(operation).endswith("  requester {\n  }\n}")


def as_the_aws_cli_reads(words: list[str], shape: Shape | None) -> dict[str, Any]:
    # https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-types.html
    assert isinstance(shape, StructureShape)
    members = {f"--{xform_name(name, '-')}": name for name in shape.members}
    parameters: dict[str, Any] = {}
    while words:
        option = words.pop(0)
        values: list[str] = []
        while words and not words[0].startswith("--"):
            values.append(words.pop(0))
        if option == "--ingress" or option.startswith("--no-"):
            negated = "Egress" if option == "--ingress" else members[f"--{option[5:]}"]
            assert shape.members[negated].type_name == "boolean"
            parameters[negated] = False
            continue
        name = members[option]
        kind = shape.members[name].type_name
        if kind == "boolean":
            assert values == []
            parameters[name] = True
        elif kind == "structure" or (kind == "list" and values[0].startswith("[")):
            parameters[name] = json.loads(*values)
        else:
            parameters[name] = values if kind == "list" else int(*values) if kind == "integer" else str(*values)
    return parameters
