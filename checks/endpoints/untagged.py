"""Nobody gave an endpoint a name or an owner.

Where an endpoint breaks, costs money or is to be removed, its tags are what tells whom to ask.

## Verdicts
* **fail**, info: the endpoint has no tag `Name` or `Owner`, however they are capitalized, or both are empty.
* **not applicable**: an AWS service made the endpoint and looks after it, or it is deleted, failed, rejected or
  expired.

The rule is off by default.

## Finding key
Empty: an endpoint is untagged once.

## Remediation
Tag the endpoint with a name, and with who answers for it.
"""

from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Verdict
from auditor.network.entities import Endpoint, is_named_or_owned
from auditor.network.network import Network


@check(
    id="endpoint-untagged",
    severities=(Severity.INFO,),
    of=Endpoint,
    reads=(),
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html",
    enabled=False,
)
def endpoint_untagged(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge an endpoint by whether it is tagged with a name or an owner."""
    tags = endpoint.record.tags or ()
    if endpoint.requester_managed or not endpoint.stands:
        yield NotApplicable("an AWS service looks after the endpoint, or it is gone")
    elif not is_named_or_owned(tags):
        yield Fault(
            message=f"{endpoint.id} to {endpoint.service_name or endpoint.type} in {endpoint.vpc_id} has no tag Name "
            "or Owner; tag it",
            evidence={"service": endpoint.service_name, "tags": sorted(tag.key for tag in tags)},
            related=[endpoint.vpc_id],
        )
