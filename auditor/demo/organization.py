"""What the demo organization consists of: every fault once, and documented designs without one."""

import contextlib
import functools
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

# moto reads it when it is imported; the demo starts no instance, so no image is needed.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

from moto import mock_aws
from moto.moto_api._internal import mock_random

from auditor.collect import AccountPlan, Plan
from auditor.demo.amendments import Amendments
from auditor.demo.builder import BOUNDED, ORGANIZATION, Builder, Vpc

NETWORK, PROD, DEV = "111111111111", "222222222222", "333333333333"
PARTNER = "444444444444"
STRANGER = "888888888888"
DATA = "999999999999"
"""An account of the organization that is not audited."""

HOME, AWAY = "eu-west-1", "us-east-1"
SKIPPED = "eu-central-1"

# The entries that moto gives AWS's own prefix lists.
S3_BLOCKS = ["52.216.0.0/15", "3.5.0.0/19", "54.231.0.0/16"]
DYNAMODB_BLOCKS = ["3.218.182.0/24", "3.218.180.0/23", "52.94.0.0/22", "52.119.224.0/20"]


@contextlib.contextmanager
def organization() -> Iterator[Plan]:
    """What to collect of the demo organization, which is there for as long as the context lasts.

    Its ids are the same each time, unless moto is at work already: it then keeps what is there, ids and all.
    """
    with built() as builder:
        yield Plan(accounts=tuple(_plans(builder)))


@contextlib.contextmanager
def built() -> Iterator[Builder]:
    """The builder of the demo organization, which is there for as long as the context lasts."""
    # Nothing of the person's own AWS settings may reach the demo.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with patch.dict(os.environ, clean, clear=True), mock_aws():
        mock_random.seed(20261123)
        amendments = Amendments(
            regions=(HOME, AWAY, SKIPPED),
            accounts={NETWORK: "network", PROD: "prod", DEV: "dev", DATA: "data"},
            service_blocks={"s3": S3_BLOCKS, "dynamodb": DYNAMODB_BLOCKS},
        )
        builder = Builder(amendments)
        _build(builder)
        with amendments.applied():
            yield builder


def _plans(builder: Builder) -> Iterator[AccountPlan]:
    for account in (NETWORK, PROD, DEV):
        yield AccountPlan(
            account=account,
            partition="aws",
            home=HOME,
            regions={HOME: True, AWAY: True},
            credentials=functools.partial(builder.keys, account),
        )


def _build(make: Builder) -> None:
    hub = make.vpc(NETWORK, HOME, "hub", "10.0.0.0/16", subnets="ab")
    _valid_designs(make, hub)
    _lifecycle(make, hub)
    _routes(make, hub)
    _edges(make)
    _filters_and_names(make)
    _gateway_endpoints(make)
    _interface_endpoints(make)
    _shared_vpc(make)
    _parts_of_routes(make)
    _filters_of_peers(make)
    _large_and_odd(make, hub)
    _ways_to_gateway_endpoints(make)
    _placement(make)
    _filters_of_endpoints(make)
    _endpoint_policies(make)
    _endpoint_services(make)
    _costs(make)
    _inventory_of_endpoints(make)
    _central_names(make)


def _valid_designs(make: Builder, hub: Vpc) -> None:
    """Documented designs, of which nothing must be said."""
    # A hub with spokes, in another account and in another Region: they do not reach one another, as documented.
    make.joined(hub, make.vpc(PROD, HOME, "shop", "10.1.0.0/16", subnets="ab"))
    make.joined(hub, make.vpc(PROD, AWAY, "shop-dr", "10.2.0.0/16"))
    # Two peers with the same block, each reached from a subnet of its own.
    split = make.vpc(NETWORK, HOME, "split", "172.16.0.0/16", subnets="ab")
    for subnet, peer in zip(split.subnets, ("left", "right"), strict=True):
        twin = make.vpc(DEV, HOME, f"twin-{peer}", "192.168.0.0/16")
        peering = make.peering(split, twin)
        make.route(make.table(split, subnet), split, twin.block, peering)
        number = split.subnets.index(subnet)
        make.route(twin.main_table, twin, f"172.16.{number}.0/24", peering)


def _lifecycle(make: Builder, hub: Vpc) -> None:
    """Connections that are not active, lead to strangers, or are of no use."""
    facts = make.amendments
    now = datetime.now(UTC).replace(microsecond=0)

    acquired = make.vpc(DEV, HOME, "acquired", "10.0.0.0/16")
    overlap = make.peering(acquired, hub, accepted=False, dns=False)
    facts.peerings[overlap] = {
        "Status": {"Code": "failed", "Message": "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"}
    }

    waiting = make.vpc(DEV, HOME, "waiting", "10.4.0.0/16")
    request = make.peering(waiting, hub, accepted=False, dns=False)
    # A request lives seven days, so this one was made six days ago.
    facts.peerings[request] = {"ExpirationTime": now + timedelta(days=1)}
    _blackhole(make, waiting, hub.block, request)

    rejected = make.peering(make.vpc(DEV, HOME, "sandbox", "10.5.0.0/16"), hub, accepted=False, dns=False)
    facts.peerings[rejected] = {"Status": {"Code": "rejected", "Message": "Rejected by 111111111111"}}
    _blackhole(make, hub, "10.5.0.0/16", rejected)

    stranger = make.vpc(STRANGER, HOME, "stranger", "10.6.0.0/16", endpoints=False)
    phishing = make.peering(stranger, hub, accepted=False, dns=False)
    facts.peerings[phishing] = {"ExpirationTime": now + timedelta(days=7)}

    make.joined(hub, make.vpc(DATA, HOME, "database", "10.7.0.0/16", endpoints=False))
    make.peering(hub, make.vpc(DEV, HOME, "archive", "10.8.0.0/16"))


def _blackhole(make: Builder, vpc: Vpc, block: str, peering: str) -> None:
    make.route(vpc.main_table, vpc, block, peering)
    make.amendments.blackholes.add((vpc.main_table, block))


def _routes(make: Builder, hub: Vpc) -> None:
    """Routes that one side lacks, or that cannot do what they say."""
    billing, ledger = _pair(make, "billing", "10.20.0.0/16", "ledger", "10.21.0.0/16")
    make.route(ledger.main_table, ledger, billing.block, make.peering(billing, ledger))

    # The answers to the copy leave for its original.
    payroll = make.vpc(PROD, HOME, "payroll", "172.18.0.0/16")
    for name, number in (("staff", 0), ("staff-copy", 1)):
        peer = make.vpc(DEV, HOME, name, "10.30.0.0/16", subnets="")
        make.subnet(peer, f"10.30.{number}.0/24", "a")
        peering = make.peering(payroll, peer)
        make.route(peer.main_table, peer, "172.18.0.0/24", peering)
        if name == "staff":
            make.route(payroll.main_table, payroll, peer.block, peering)

    search, index = _pair(make, "search", "10.22.0.0/16", "index", "10.23.0.0/16")
    make.joined(search, index)
    make.table(index, make.subnet(index, "10.23.1.0/24", "b"))

    mail, relay = _pair(make, "mail", "10.24.0.0/16", "relay", "10.25.0.0/16")
    make.route(mail.main_table, mail, "10.52.0.0/16", make.joined(mail, relay))

    reports, warehouse = _pair(make, "reports", "172.20.0.0/16", "warehouse", "10.26.0.0/16")
    broad = make.peering(reports, warehouse)
    make.route(reports.main_table, reports, "10.0.0.0/8", broad)
    make.route(warehouse.main_table, warehouse, reports.block, broad)

    old, former = _pair(make, "cache", "10.27.0.0/16", "former-cache", "10.28.0.0/16")
    gone = make.peering(old, former)
    _blackhole(make, old, former.block, gone)
    make.at(old).delete_vpc_peering_connection(VpcPeeringConnectionId=gone)

    # One half of the clippings' block is routed to the catalogue.
    press, catalogue = _pair(make, "press", "10.31.0.0/16", "catalogue", "10.32.0.0/16")
    clippings = make.vpc(DEV, HOME, "clippings", "10.33.0.0/16")
    right = make.peering(press, clippings)
    make.route(press.main_table, press, "10.33.0.0/17", right)
    make.route(clippings.main_table, clippings, press.block, right)
    make.route(press.main_table, press, "10.33.128.0/17", make.joined(press, catalogue))

    # A spoke that would reach another spoke through the hub.
    edge = make.vpc(DEV, HOME, "edge", "10.29.0.0/16")
    make.route(edge.main_table, edge, "10.1.0.0/16", make.joined(hub, edge))


def _pair(make: Builder, first: str, first_block: str, second: str, second_block: str) -> tuple[Vpc, Vpc]:
    return make.vpc(PROD, HOME, first, first_block), make.vpc(DEV, HOME, second, second_block)


def _edges(make: Builder) -> None:
    """Routes that rely on what lies behind the peer."""
    kiosk, lobby = _pair(make, "kiosk", "10.50.0.0/16", "lobby", "10.51.0.0/16")
    make.route(lobby.main_table, lobby, "0.0.0.0/0", make.internet_gateway(lobby))
    make.route(kiosk.main_table, kiosk, "0.0.0.0/0", make.joined(kiosk, lobby))

    batch, egress = _pair(make, "batch", "10.52.0.0/16", "egress", "10.53.0.0/16")
    outside = make.subnet(egress, "10.53.9.0/24", "a", hosts=())
    make.route(make.table(egress, outside), egress, "0.0.0.0/0", make.internet_gateway(egress))
    make.route(egress.main_table, egress, "0.0.0.0/0", make.nat_gateway(egress, outside))
    make.route(batch.main_table, batch, "0.0.0.0/0", make.joined(batch, egress))

    plant, office = _pair(make, "plant", "10.54.0.0/16", "office", "10.55.0.0/16")
    make.vpn(office, "192.168.50.0/24")
    make.route(plant.main_table, plant, "192.168.50.0/24", make.joined(plant, office))

    media = make.vpc(PROD, HOME, "media", "10.56.0.0/16", endpoints=False)
    make.gateway_endpoint(media, "dynamodb", [media.main_table])
    store = make.vpc(DEV, HOME, "store", "10.57.0.0/16")
    bucket_list = make.prefix_list(media, f"com.amazonaws.{HOME}.s3")
    make.route(media.main_table, media, bucket_list, make.joined(media, store))


def _filters_and_names(make: Builder) -> None:
    """Security group references that no longer hold, or never can, and names that resolve to public addresses."""
    api, orders = _pair(make, "api", "10.60.0.0/16", "orders", "10.61.0.0/16")
    make.joined(api, orders)
    group = make.security_group(api, "api-clients")
    # The reference dates from a connection that was deleted and made anew.
    left = {
        "GroupId": "sg-0de1e7ed000000001",
        "UserId": DEV,
        "VpcId": orders.id,
        "VpcPeeringConnectionId": "pcx-0de1e7ed000000001",
        "PeeringStatus": "deleted",
    }
    make.amendments.references[group].append(left)
    make.amendments.stale[api.id].append(
        {
            "GroupId": group,
            "GroupName": "api-clients",
            "VpcId": api.id,
            "StaleIpPermissions": [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [left]}],
        }
    )

    replica = make.vpc(DEV, AWAY, "orders-replica", "10.62.0.0/16")
    across = make.joined(orders, replica)
    far = make.security_group(replica, "replica")
    make.amendments.references[make.security_group(orders, "orders")].append(
        {
            "GroupId": far,
            "UserId": DEV,
            "VpcId": replica.id,
            "VpcPeeringConnectionId": across,
            "PeeringStatus": "active",
        }
    )

    make.joined(*_pair(make, "wiki", "10.63.0.0/16", "search-wiki", "10.64.0.0/16"), dns=False)


def _gateway_endpoints(make: Builder) -> None:
    """VPCs without a gateway endpoint, and gateway endpoints that serve nobody or not everybody."""
    render = make.vpc(PROD, HOME, "render", "10.70.0.0/16", endpoints=False)
    outside = make.subnet(render, "10.70.9.0/24", "a", hosts=())
    make.route(make.table(render, outside), render, "0.0.0.0/0", make.internet_gateway(render))
    make.route(render.main_table, render, "0.0.0.0/0", make.nat_gateway(render, outside))
    make.gateway_endpoint(render, "dynamodb", [render.main_table])

    photos = make.vpc(PROD, HOME, "photos", "10.71.0.0/16", endpoints=False)
    make.gateway_endpoint(photos, "s3", [])
    make.gateway_endpoint(photos, "dynamodb", [photos.main_table])

    video = make.vpc(PROD, HOME, "video", "10.72.0.0/16", subnets="ab")
    client = make.at(video)
    table = client.create_route_table(VpcId=video.id)["RouteTable"]["RouteTableId"]
    client.associate_route_table(RouteTableId=table, SubnetId=video.subnets[1])

    open_store = make.vpc(DEV, HOME, "open-store", "10.73.0.0/16", endpoints=False)
    make.gateway_endpoint(open_store, "s3", [open_store.main_table], policy=None)
    make.gateway_endpoint(open_store, "dynamodb", [open_store.main_table])


def _interface_endpoints(make: Builder) -> None:
    """Interface endpoints that their clients do not reach, by address or by name."""
    facts = make.amendments
    apps = make.vpc(PROD, HOME, "apps", "10.80.0.0/16", subnets="ab")
    inside = make.security_group(apps, "endpoints", apps.block)
    nobody = make.security_group(apps, "nobody", "10.99.0.0/16")

    # One that is as it should be.
    make.interface_endpoint(apps, "sqs", apps.subnets, [inside])

    broken = make.interface_endpoint(apps, "kms", apps.subnets, [inside])
    facts.endpoints[broken].update(
        State="failed", LastError={"Code": "InternalError", "Message": "The endpoint could not be created"}
    )
    bare = make.interface_endpoint(apps, "sns", apps.subnets, [])
    facts.endpoints[bare].update(Groups=[])
    make.interface_endpoint(apps, "ssm", apps.subnets, [nobody])
    make.interface_endpoint(apps, "logs", apps.subnets[:1], [inside])
    make.interface_endpoint(apps, "sts", apps.subnets, [inside], private_dns=False)

    nameless = make.vpc(PROD, HOME, "nameless", "10.81.0.0/16")
    make.at(nameless).modify_vpc_attribute(VpcId=nameless.id, EnableDnsHostnames={"Value": False})
    group = make.security_group(nameless, "endpoints", nameless.block)
    make.interface_endpoint(nameless, "sqs", nameless.subnets, [group])


def _shared_vpc(make: Builder) -> None:
    """A VPC that an account outside the organization shares."""
    shared = make.vpc(DEV, HOME, "partner-shared", "10.90.0.0/16", endpoints=False)
    make.amendments.owners[shared.id] = PARTNER


def _parts_of_routes(make: Builder) -> None:
    """Connections that work for a part of their subnets or addresses."""
    # The second subnet of the desk has a table of its own, and nobody sends to it.
    desk, printers = _pair(make, "desk", "10.100.0.0/16", "printers", "10.101.0.0/16")
    to_printers = make.peering(desk, printers)
    make.route(desk.main_table, desk, printers.block, to_printers)
    make.route(printers.main_table, printers, "10.100.0.0/24", to_printers)
    make.table(desk, make.subnet(desk, "10.100.1.0/24", "b"))

    # That of the till leads everything to the internet.
    till, stock = _pair(make, "till", "10.102.0.0/16", "stock", "10.103.0.0/16")
    to_stock = make.peering(till, stock)
    make.route(till.main_table, till, stock.block, to_stock)
    make.route(stock.main_table, stock, "10.102.0.0/24", to_stock)
    gateway = make.internet_gateway(till)
    for table in (till.main_table, make.table(till, make.subnet(till, "10.102.1.0/24", "b"))):
        make.route(table, till, "0.0.0.0/0", gateway)

    # The peer has had a second block since.
    forms = make.vpc(PROD, HOME, "forms", "10.104.0.0/16")
    scans = make.vpc(DEV, HOME, "scans", "10.105.0.0/16", "10.106.0.0/24")
    make.joined(forms, scans)
    make.table(scans, make.subnet(scans, "10.106.0.0/24", "b"))

    chat, voice = _pair(make, "chat", "10.107.0.0/16", "voice", "10.108.0.0/16")
    make.joined(chat, voice)
    for vpc in (chat, voice):
        made = make.at(vpc).associate_vpc_cidr_block(VpcId=vpc.id, AmazonProvidedIpv6CidrBlock=True)
        make.amendments.blocks[vpc.id].append(made["Ipv6CidrBlockAssociation"]["Ipv6CidrBlock"])

    # What was sent to the internet once still is.
    lab, results = _pair(make, "lab", "10.109.0.0/16", "results", "10.110.0.0/16")
    make.joined(lab, results)
    make.route(lab.main_table, lab, "10.110.128.0/17", make.internet_gateway(lab))

    # The route in the first table of the museum is of no use to any subnet.
    museum, depot = _pair(make, "museum", "10.111.0.0/16", "depot", "10.112.0.0/16")
    make.route(make.table(museum), museum, depot.block, make.joined(museum, depot))


def _filters_of_peers(make: Builder) -> None:
    """Security groups, network ACLs and switches that close a connection, or open it further than it need be."""
    facts = make.amendments
    quiz, prizes = _pair(make, "quiz", "10.120.0.0/16", "prizes", "10.121.0.0/16")
    players = make.security_group(quiz, "players")
    # The peer never had a route.
    over = make.peering(quiz, prizes)
    make.route(quiz.main_table, quiz, prizes.block, over)
    winners = make.security_group(prizes, "winners")
    facts.references[winners].append(
        {
            "GroupId": players,
            "UserId": PROD,
            "VpcId": quiz.id,
            "VpcPeeringConnectionId": over,
            "PeeringStatus": "active",
        }
    )

    # What the gallery sends is inspected on its way, and comes from no group then.
    gallery, frames = _pair(make, "gallery", "10.122.0.0/16", "frames", "10.123.0.0/16")
    visitors = make.security_group(gallery, "visitors")
    makers = make.security_group(frames, "makers")
    to_frames = make.joined(gallery, frames)
    inspection = make.subnet(gallery, "10.122.8.0/24", "a", hosts=())
    appliance = make.interface(gallery, inspection, 10)
    inside = make.subnet(gallery, "10.122.9.0/24", "a", hosts=())
    make.interface(gallery, inside, 10, visitors)
    make.route(make.table(gallery, inside), gallery, frames.block, appliance)
    make.interface(frames, frames.subnets[0], 20, makers)
    facts.references[makers].append(
        {
            "GroupId": visitors,
            "UserId": PROD,
            "VpcId": gallery.id,
            "VpcPeeringConnectionId": to_frames,
            "PeeringStatus": "active",
        }
    )

    # All of the peer is let in, at one port and at all.
    news, feeds = _pair(make, "news", "10.124.0.0/16", "feeds", "10.125.0.0/16")
    make.joined(news, feeds)
    make.interface(news, news.subnets[0], 20, make.security_group(news, "readers", feeds.block))
    everything = make.security_group(feeds, "feeds-open")
    make.at(feeds).authorize_security_group_ingress(
        GroupId=everything, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": news.block}]}]
    )
    make.interface(feeds, feeds.subnets[0], 20, everything)

    # Neither side lets the other in.
    vault = make.vpc(PROD, HOME, "vault", "10.126.0.0/16", subnets="")
    safe = make.vpc(DEV, HOME, "safe", "10.127.0.0/16", subnets="")
    make.joined(vault, safe)
    for vpc in (vault, safe):
        subnet = make.subnet(vpc, vpc.block.replace("/16", "/24"), "a", hosts=())
        make.interface(vpc, subnet, 20, make.security_group(vpc, f"{vpc.name}-closed", "192.0.2.0/24"))

    # A network ACL as it is made denies everything; this one has been opened for AWS's services alone.
    desert, oasis = _pair(make, "desert", "10.128.0.0/16", "oasis", "10.129.0.0/16")
    make.joined(desert, oasis)
    make.let_https_through(oasis, make.network_acl(oasis, oasis.subnets[0]), S3_BLOCKS + DYNAMODB_BLOCKS)

    mute, echo = _pair(make, "mute", "10.130.0.0/16", "echo", "10.131.0.0/16")
    make.joined(mute, echo)
    make.at(echo).modify_vpc_attribute(VpcId=echo.id, EnableDnsHostnames={"Value": False})


def _large_and_odd(make: Builder, hub: Vpc) -> None:
    """Much of one thing, and what AWS alone can switch on."""
    facts = make.amendments
    for number in range(6):
        make.joined(hub, make.vpc(DEV, HOME, f"branch-{number}", f"10.{140 + number}.0.0/16", subnets=""))

    make.vpc(PROD, HOME, "patchwork", *(f"10.{150 + number}.0.0/24" for number in range(4)))

    secret, public = _pair(make, "secret", "10.160.0.0/16", "public", "10.161.0.0/16")
    make.joined(secret, public)
    facts.encryption[secret.id] = "enforce"

    wire, relay = _pair(make, "wire", "10.162.0.0/16", "wire-relay", "10.163.0.0/16")
    facts.peerings[make.joined(wire, relay)] = {"MultipathResilienceStatus": "pending"}

    # A type of endpoint that this version has never heard of.
    beacon = make.vpc(DEV, HOME, "beacon", "10.166.0.0/16")
    odd = make.interface_endpoint(beacon, "sqs", beacon.subnets, [make.security_group(beacon, "lamp", beacon.block)])
    facts.endpoints[odd].update(VpcEndpointType="Semaphore")

    # AWS would not accept the second connection; moto does.
    twice, again = _pair(make, "twice", "10.164.0.0/16", "again", "10.165.0.0/16")
    make.joined(twice, again)
    make.peering(twice, again)


def _ways_to_gateway_endpoints(make: Builder) -> None:
    """Gateway endpoints that their clients do not get to, by route, by name, or through a filter."""
    # Once all of Amazon S3 was reached over the internet.
    thumbnails = make.vpc(PROD, HOME, "thumbnails", "10.180.0.0/16")
    make.route(thumbnails.main_table, thumbnails, "3.5.1.0/24", make.internet_gateway(thumbnails))

    unnamed = make.vpc(PROD, HOME, "unnamed", "10.181.0.0/16")
    make.at(unnamed).modify_vpc_attribute(VpcId=unnamed.id, EnableDnsSupport={"Value": False})

    # Its one client has been let out to DynamoDB alone.
    hermit = make.vpc(PROD, HOME, "hermit", "10.182.0.0/16", subnets="")
    group = make.security_group(hermit, "hermit")
    make.let_out_to(hermit, group, make.prefix_list(hermit, f"com.amazonaws.{HOME}.dynamodb"))
    make.interface(hermit, make.subnet(hermit, "10.182.0.0/24", "a", hosts=()), 10, group)

    # Amazon S3 has had another block since.
    aged = make.vpc(PROD, HOME, "aged", "10.183.0.0/16")
    make.let_https_through(aged, make.network_acl(aged, aged.subnets[0]), S3_BLOCKS[:-1] + DYNAMODB_BLOCKS)

    # The subnet of the first endpoint is gone, and the second serves what is left.
    leftover = make.vpc(PROD, HOME, "leftover", "10.184.0.0/16")
    client = make.at(leftover)
    table = client.create_route_table(VpcId=leftover.id)["RouteTable"]["RouteTableId"]
    make.gateway_endpoint(leftover, "s3", [table])


def _placement(make: Builder) -> None:
    """Endpoints in zones and subnets that do not suit their clients."""
    facts = make.amendments
    # Everything runs in one zone.
    kitchen = make.vpc(PROD, HOME, "kitchen", "10.194.0.0/16")
    empty = [make.subnet(kitchen, f"10.194.{number}.0/24", zone, hosts=()) for number, zone in ((1, "b"), (2, "c"))]
    group = make.security_group(kitchen, "endpoints", kitchen.block)
    make.interface_endpoint(kitchen, "sqs", [*kitchen.subnets[:1], *empty], [group])

    lift = make.vpc(PROD, HOME, "lift", "10.195.0.0/16")
    stuck = make.interface_endpoint(lift, "sqs", lift.subnets, [make.security_group(lift, "endpoints", lift.block)])
    facts.endpoints[stuck].update(NetworkInterfaceIds=[])

    attic = make.vpc(PROD, HOME, "attic", "10.196.0.0/16", subnets="")
    make.subnet(attic, "10.196.0.0/28", "a", hosts=(4, 5, 6, 7))
    make.interface_endpoint(attic, "sqs", attic.subnets, [make.security_group(attic, "endpoints", attic.block)])

    # The endpoint has both families, and names for that one which the clients lack.
    cellar = make.vpc(PROD, HOME, "cellar", "10.197.0.0/16")
    client = make.at(cellar)
    made = client.associate_vpc_cidr_block(VpcId=cellar.id, AmazonProvidedIpv6CidrBlock=True)
    block = made["Ipv6CidrBlockAssociation"]["Ipv6CidrBlock"]
    facts.blocks[cellar.id].append(block)
    both = make.subnet(cellar, "10.197.8.0/24", "a", hosts=())
    client.associate_subnet_cidr_block(SubnetId=both, Ipv6CidrBlock=block.replace("/56", "/64"))
    group = make.security_group(cellar, "endpoints", cellar.block)
    dual = make.interface_endpoint(cellar, "sqs", [both], [group])
    facts.endpoints[dual].update(IpAddressType="dualstack", DnsOptions={"DnsRecordIpType": "ipv6"})

    # The second zone has an endpoint of its own, and nothing is led to it.
    screen = make.vpc(PROD, HOME, "screen", "10.198.0.0/16", subnets="ab")
    service_name = f"com.amazonaws.vpce.{HOME}.vpce-svc-0de1e7ed000000001"
    for number, zone in ((8, "a"), (9, "b")):
        subnet = make.subnet(screen, f"10.198.{number}.0/28", zone, hosts=())
        make.table(screen, subnet)
        endpoint = make.load_balancer_endpoint(screen, service_name, subnet)
        if zone == "a":
            make.route(screen.main_table, screen, "0.0.0.0/0", endpoint)

    mirror = make.vpc(PROD, HOME, "mirror", "10.199.0.0/16")
    for name, private_dns in (("endpoints", True), ("endpoints-of-a-team", False)):
        group = make.security_group(mirror, name, mirror.block)
        make.interface_endpoint(mirror, "sqs", mirror.subnets, [group], private_dns=private_dns)


def _filters_of_endpoints(make: Builder) -> None:
    """Security groups and network ACLs of interface endpoints that let in too many, or too few."""
    salon = make.vpc(PROD, HOME, "salon", "10.188.0.0/16")
    groups = make.at(salon).describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [salon.id]}])
    default = next(each["GroupId"] for each in groups["SecurityGroups"] if each["GroupName"] == "default")
    # AWS makes it with this rule, moto without one; what is launched without a group is a member.
    make.at(salon).authorize_security_group_ingress(
        GroupId=default, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": default}]}]
    )
    make.interface_endpoint(salon, "sqs", salon.subnets, [default])

    arcade = make.vpc(PROD, HOME, "arcade", "10.189.0.0/16")
    make.interface_endpoint(arcade, "sqs", arcade.subnets, [make.security_group(arcade, "welcome", "0.0.0.0/0")])

    # The cellar has no way to the service but the endpoint of the winery, which does not let it in.
    winery, cellar = _pair(make, "winery", "10.190.0.0/16", "cellar", "10.191.0.0/16")
    make.joined(winery, cellar)
    make.interface_endpoint(winery, "sqs", winery.subnets, [make.security_group(winery, "tasters", winery.block)])

    # The endpoint has a subnet of its own, with a network ACL that nobody has filled in.
    grotto = make.vpc(PROD, HOME, "grotto", "10.192.0.0/16")
    inside = make.subnet(grotto, "10.192.9.0/24", "a", hosts=())
    make.network_acl(grotto, inside)
    make.interface_endpoint(grotto, "sqs", [inside], [make.security_group(grotto, "divers", grotto.block)])


def _endpoint_policies(make: Builder) -> None:
    """Gateway endpoints whose policies let too much pass, or nothing."""
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    own = {"aws:PrincipalOrgID": ORGANIZATION}
    partner = {"aws:PrincipalAccount": PARTNER, "aws:ResourceOrgID": ORGANIZATION}
    policies = {
        # Strangers without an organization have no such key.
        "notes": ("10.218.0.0/16", [{**anyone, "Condition": {"StringEqualsIfExists": own}}]),
        "journal": ("10.219.0.0/16", [{**anyone, "Principal": {"AWS": DEV}}]),
        "diary": ("10.220.0.0/16", [{**anyone, "Condition": {"StringEquals": own}}]),
        "album": ("10.221.0.0/16", [*BOUNDED["Statement"], {**anyone, "Condition": {"StringEquals": partner}}]),
        "safebox": ("10.222.0.0/16", [{**anyone, "Effect": "Deny"}]),
    }
    for name, (block, statements) in policies.items():
        vpc = make.vpc(DEV, HOME, name, block, endpoints=False)
        policy = {"Version": "2012-10-17", "Statement": statements}
        make.gateway_endpoint(vpc, "s3", [vpc.main_table], policy=policy)
        make.gateway_endpoint(vpc, "dynamodb", [vpc.main_table])


def _endpoint_services(make: Builder) -> None:
    """Services that are offered to the wrong ones, that do not work, or that nobody uses or hears of."""
    facts = make.amendments
    mall = make.vpc(PROD, HOME, "mall", "10.170.0.0/16", subnets="ab")

    def offered(name: str, *, allow: tuple[str, ...] = (DATA,), connected: bool = True, **options: Any) -> str:
        balancer = make.load_balancer(mall, name, mall.subnets)
        service = make.endpoint_service(mall, name, balancer, allow=allow, **options)
        if connected:
            make.connect(mall, service, DATA)
        return service

    # One that is as it should be.
    offered("bakery")

    offered("bazaar", allow=("*",), acceptance=False, told=False)
    offered("market", allow=("*",))
    offered("pawnshop", allow=(DATA, STRANGER))
    offered("canteen", acceptance=False, told=False)
    offered("florist", connected=False)
    offered("kiosk-service", told=False)
    offered("travel", SupportedRegions=[AWAY])
    make.connect(mall, offered("tailor"), DATA, state="pendingAcceptance", days=6)
    make.connect(mall, offered("cobbler"), STRANGER)

    unnamed = offered("jeweller", PrivateDnsName="jeweller.example.com")
    proof = {"State": "failed", "Type": "TXT", "Name": "_demo", "Value": "vpce:demo"}
    facts.services[unnamed] = {"PrivateDnsNameConfiguration": proof}
    facts.services[offered("shell")] = {"NetworkLoadBalancerArns": []}

    failing = make.load_balancer(mall, "butcher", mall.subnets)
    facts.balancers[failing] = {"State": {"Code": "failed"}}
    make.connect(mall, make.endpoint_service(mall, "butcher", failing, allow=(DATA,)), DATA)

    group = make.security_group(mall, "chemist", "10.0.0.0/8")
    unguarded = make.load_balancer(mall, "chemist", mall.subnets, [group])
    facts.balancers[unguarded]["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = "off"
    make.connect(mall, make.endpoint_service(mall, "chemist", unguarded, allow=(DATA,)), DATA)

    alone = make.load_balancer(mall, "newsstand", mall.subnets[:1])
    make.connect(mall, make.endpoint_service(mall, "newsstand", alone, allow=(DATA,)), DATA)

    # A consumer whose zone the service lacks.
    suburb = make.vpc(PROD, HOME, "suburb", "10.171.0.0/16", subnets="c")
    far = offered("cinema", connected=False)
    inside = make.security_group(suburb, "endpoints")
    # Which port the cinema's load balancer listens at, only its owner knows.
    make.at(suburb).authorize_security_group_ingress(
        GroupId=inside, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": suburb.block}]}]
    )
    name = f"com.amazonaws.vpce.{HOME}.{far}"
    endpoint = make.interface_endpoint(suburb, name, suburb.subnets, [inside], private_dns=False)
    make.connect(mall, far, PROD, endpoint)


def _costs(make: Builder) -> None:
    """What is paid for without need, told by what it carried."""
    facts = make.amendments
    payroll = make.vpc(PROD, HOME, "payslips", "10.224.0.0/16", subnets="")
    private = [make.subnet(payroll, f"10.224.{number}.0/24", zone) for number, zone in enumerate("ab")]
    public = make.subnet(payroll, "10.224.8.0/24", "a", hosts=())
    make.route(make.table(payroll, public), payroll, "0.0.0.0/0", make.internet_gateway(payroll))
    out = make.nat_gateway(payroll, public)
    make.route(payroll.main_table, payroll, "0.0.0.0/0", out)
    clients = make.security_group(payroll, "endpoints", payroll.block)
    # It carried little, and the other one nothing since it was made.
    little = make.interface_endpoint(payroll, "sns", private, [clients])
    left_over = make.interface_endpoint(payroll, "athena", private, [clients])
    for endpoint in (little, left_over):
        facts.endpoints[endpoint].update(CreationTimestamp=datetime.now(UTC) - timedelta(days=400))
    make.carried(payroll, "AWS/NATGateway", "BytesOutToDestination", 1200, {"NatGatewayId": out})
    make.carried(
        payroll,
        "AWS/PrivateLinkEndpoints",
        "BytesProcessed",
        30,
        {
            "Endpoint Type": "Interface",
            "Service Name": f"com.amazonaws.{HOME}.sns",
            "VPC Endpoint Id": little,
            "VPC Id": payroll.id,
        },
    )

    # Each of three VPCs on the way to one another pays for an endpoint of its own.
    center = make.vpc(NETWORK, HOME, "center", "10.225.0.0/16")
    for vpc in (center, *(make.vpc(DEV, HOME, f"rim-{number}", f"10.{226 + number}.0.0/16") for number in range(2))):
        if vpc is not center:
            make.joined(center, vpc)
        make.interface_endpoint(vpc, "glue", vpc.subnets, [make.security_group(vpc, "endpoints", "10.0.0.0/8")])


def _inventory_of_endpoints(make: Builder) -> None:
    """Endpoints that are too many or too few, of the wrong type, or in the wrong place."""
    facts = make.amendments
    # A policy that names every bucket one by one.
    lexicon = make.vpc(DEV, HOME, "lexicon", "10.208.0.0/16", endpoints=False)
    buckets = [f"arn:aws:s3:::lexicon-volume-{number:04}/*" for number in range(430)]
    statement = {**BOUNDED["Statement"][0], "Resource": buckets}
    make.gateway_endpoint(lexicon, "s3", [lexicon.main_table], policy={"Statement": [statement]})
    make.gateway_endpoint(lexicon, "dynamodb", [lexicon.main_table])

    atlas = make.vpc(PROD, HOME, "atlas", "10.209.0.0/16")
    across = make.interface_endpoint(atlas, "kms", atlas.subnets, [_door(make, atlas)])
    facts.endpoints[across].update(ServiceName=f"com.amazonaws.{AWAY}.kms", ServiceRegion=AWAY)

    # Images cannot be pulled without the tokens that ecr.api gives.
    dock = make.vpc(PROD, HOME, "dock", "10.210.0.0/16")
    make.interface_endpoint(dock, "ecr.dkr", dock.subnets, [_door(make, dock)])

    make.vpc(DEV, HOME, "island", "10.211.0.0/16", endpoints=False)

    prints = make.vpc(PROD, HOME, "prints", "10.212.0.0/16")
    make.interface_endpoint(prints, "s3", prints.subnets, [_door(make, prints)], private_dns=False)

    scores = make.vpc(PROD, HOME, "scores", "10.213.0.0/16")
    make.interface_endpoint(scores, "s3", scores.subnets, [_door(make, scores)])

    # Only the branch office uses it.
    switchboard = make.vpc(DEV, HOME, "switchboard", "10.214.0.0/16", subnets="", endpoints=False)
    make.vpn(switchboard, "192.168.60.0/24")
    place = make.subnet(switchboard, "10.214.0.0/24", "a", hosts=())
    make.interface_endpoint(
        switchboard, "kms", [place], [make.security_group(switchboard, "branch", "192.168.60.0/24")]
    )

    receipts = make.vpc(PROD, HOME, "receipts", "10.215.0.0/16", endpoints=False)
    make.gateway_endpoint(receipts, "dynamodb", [receipts.main_table])
    paid = make.interface_endpoint(receipts, "s3", receipts.subnets, [_door(make, receipts)])
    facts.endpoints[paid].update(
        PolicyDocument='{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}'
    )


def _door(make: Builder, vpc: Vpc) -> str:
    """A security group for endpoints that lets their whole VPC in."""
    return make.security_group(vpc, "endpoints", vpc.block)


def _central_names(make: Builder) -> None:
    """A central interface endpoint that a hosted zone leads another VPC to: a documented design without a fault."""
    central = make.vpc(NETWORK, HOME, "central", "10.200.0.0/16", subnets="")
    subnets = [make.subnet(central, f"10.200.{number}.0/24", zone, hosts=()) for number, zone in enumerate("ab")]
    tenant = make.vpc(NETWORK, HOME, "tenant", "10.201.0.0/16", subnets="ab")
    make.joined(tenant, central)
    group = make.security_group(central, "from-tenants", central.block, tenant.block)
    shared = make.interface_endpoint(central, "kms", subnets, [group], private_dns=False)
    name = f"kms.{HOME}.amazonaws.com"
    make.lead(make.private_zone(name, central, tenant), name, shared, central)
