"""AWS as a benchmark needs it: over HTTP on this machine, with the same answers each time, and faster than any client.

with static_aws() as url:
    ...                     # with AWS_ENDPOINT_URL=url

Every region of every account holds two VPCs with what usually stands in them, and offers sixty endpoint services.
"""

import asyncio
import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator

_TAGS = (
    "<tagSet><item><key>Name</key><value>thing-{i}</value></item>"
    "<item><key>team</key><value>network</value></item></tagSet>"
)
_VPC = (
    "<vpcId>vpc-0a{i}</vpcId><state>available</state><cidrBlock>10.{i}.0.0/16</cidrBlock>"
    "<cidrBlockAssociationSet><item><cidrBlock>10.{i}.0.0/16</cidrBlock><associationId>vpc-cidr-assoc-{i}</associationId>"
    "<cidrBlockState><state>associated</state></cidrBlockState></item></cidrBlockAssociationSet>"
    "<dhcpOptionsId>dopt-1</dhcpOptionsId><instanceTenancy>default</instanceTenancy><isDefault>false</isDefault>"
)
_SUBNET = (
    "<subnetId>subnet-0a{i}</subnetId><state>available</state><vpcId>vpc-0a0</vpcId><cidrBlock>10.0.{i}.0/24</cidrBlock>"
    "<availableIpAddressCount>251</availableIpAddressCount><availabilityZone>eu-west-1a</availabilityZone>"
    "<availabilityZoneId>euw1-az1</availabilityZoneId><defaultForAz>false</defaultForAz>"
    "<mapPublicIpOnLaunch>false</mapPublicIpOnLaunch>"
)
_ROUTE = (
    "<item><destinationCidrBlock>10.{n}.0.0/16</destinationCidrBlock><vpcPeeringConnectionId>pcx-0a{n}"
    "</vpcPeeringConnectionId><state>active</state><origin>CreateRoute</origin></item>"
)
_TABLE = (
    "<routeTableId>rtb-0a{i}</routeTableId><vpcId>vpc-0a0</vpcId><routeSet>"
    + "".join(_ROUTE.format(n=n) for n in range(6))
    + "</routeSet><associationSet><item><routeTableAssociationId>rtbassoc-0a{i}</routeTableAssociationId>"
    "<routeTableId>rtb-0a{i}</routeTableId><subnetId>subnet-0a{i}</subnetId><main>false</main>"
    "<associationState><state>associated</state></associationState></item></associationSet><propagatingVgwSet/>"
)
_RULE = (
    "<item><ipProtocol>tcp</ipProtocol><fromPort>{port}</fromPort><toPort>{port}</toPort><groups/><ipRanges><item>"
    "<cidrIp>10.0.0.0/8</cidrIp></item></ipRanges><ipv6Ranges/><prefixListIds/></item>"
)
_GROUP = (
    "<groupId>sg-0a{i}</groupId><groupName>group-{i}</groupName><groupDescription>a group</groupDescription>"
    "<vpcId>vpc-0a0</vpcId><ipPermissions>"
    + "".join(_RULE.format(port=port) for port in (22, 80, 443))
    + "</ipPermissions><ipPermissionsEgress><item><ipProtocol>-1</ipProtocol><groups/><ipRanges><item>"
    "<cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item></ipPermissionsEgress>"
)
_INTERFACE = (
    "<networkInterfaceId>eni-0a{i}</networkInterfaceId><subnetId>subnet-0a1</subnetId><vpcId>vpc-0a0</vpcId>"
    "<availabilityZone>eu-west-1a</availabilityZone><requesterManaged>false</requesterManaged><status>in-use</status>"
    "<macAddress>02:00:00:00:00:01</macAddress><privateIpAddress>10.0.0.{i}</privateIpAddress>"
    "<sourceDestCheck>true</sourceDestCheck><groupSet><item><groupId>sg-0a1</groupId><groupName>group-1</groupName></item>"
    "</groupSet><privateIpAddressesSet><item><privateIpAddress>10.0.0.{i}</privateIpAddress><primary>true</primary></item>"
    "</privateIpAddressesSet><interfaceType>interface</interfaceType>"
)
_PEERING = (
    "<vpcPeeringConnectionId>pcx-0a{i}</vpcPeeringConnectionId><requesterVpcInfo><vpcId>vpc-0a0</vpcId>"
    "<cidrBlock>10.0.0.0/16</cidrBlock><region>eu-west-1</region></requesterVpcInfo><accepterVpcInfo>"
    "<vpcId>vpc-0b{i}</vpcId><cidrBlock>10.{i}.0.0/16</cidrBlock><region>eu-west-1</region></accepterVpcInfo>"
    "<status><code>active</code><message>Active</message></status>"
)
_SERVICE = (
    "<serviceId>vpce-svc-0a{i}</serviceId><serviceName>com.amazonaws.eu-west-1.service{i}</serviceName><serviceType><item>"
    "<serviceType>Interface</serviceType></item></serviceType><availabilityZoneSet><item>eu-west-1a</item>"
    "<item>eu-west-1b</item></availabilityZoneSet><owner>amazon</owner><privateDnsName>service{i}.eu-west-1.amazonaws.com"
    "</privateDnsName><vpcEndpointPolicySupported>true</vpcEndpointPolicySupported>"
    "<acceptanceRequired>false</acceptanceRequired><managesVpcEndpoints>false</managesVpcEndpoints>"
)
_LISTS = {
    "DescribeVpcs": ("vpcSet", _VPC + _TAGS, 2),
    "DescribeSubnets": ("subnetSet", _SUBNET + _TAGS, 8),
    "DescribeRouteTables": ("routeTableSet", _TABLE + _TAGS, 4),
    "DescribeSecurityGroups": ("securityGroupInfo", _GROUP + _TAGS, 8),
    "DescribeNetworkInterfaces": ("networkInterfaceSet", _INTERFACE + _TAGS, 12),
    "DescribeVpcPeeringConnections": ("vpcPeeringConnectionSet", _PEERING + _TAGS, 3),
    "DescribeVpcEndpointServices": ("serviceDetailSet", _SERVICE, 60),
}


@contextlib.contextmanager
def static_aws() -> Iterator[str]:
    """The address of the server, which is a process of its own for as long as the context lasts."""
    with subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _answers() -> dict[bytes, bytes]:
    """The whole answer to each action of EC2 that is not answered with nothing."""
    answers = {b"DescribeVpcAttribute": _xml("DescribeVpcAttribute", "<vpcId>vpc-0a0</vpcId>")}
    for action, (name, item, count) in _LISTS.items():
        items = "".join(f"<item>{item.format(i=i)}</item>" for i in range(count))
        answers[action.encode()] = _xml(action, f"<{name}>{items}</{name}>")
    return answers


def _xml(action: str, content: str) -> bytes:
    return _http("text/xml;charset=UTF-8", f"<{action}Response><requestId>1</requestId>{content}</{action}Response>")


def _http(kind: str, body: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


_ANSWERS = _answers()
_NOTHING = _http("application/x-amz-json-1.1", "{}")
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_ACTION = re.compile(rb"Action=(\w+)")


class _Connection(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._received, 0, end)
            end += 4 + (int(length[1]) if length else 0)
            if len(self._received) < end:
                return
            action = _ACTION.search(self._received, 0, end)
            self._received = self._received[end:]
            self._transport.write(_answer(action[1]) if action else _NOTHING)


def _answer(action: bytes) -> bytes:
    if action not in _ANSWERS:
        _ANSWERS[action] = _xml(action.decode(), "")
    return _ANSWERS[action]


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
