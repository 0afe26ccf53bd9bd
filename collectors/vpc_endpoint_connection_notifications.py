"""Whom AWS tells of what happens at endpoints and endpoint services."""

from auditor.collector import Collector
from auditor.model import ConnectionNotification

COLLECTOR = Collector(
    service="ec2",
    operation="DescribeVpcEndpointConnectionNotifications",
    key="ConnectionNotificationSet",
    record=ConnectionNotification,
    optional=True,
)
