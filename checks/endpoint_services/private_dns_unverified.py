"""The private DNS name of an endpoint service is not verified.

A provider proves that the name is its own by a TXT record. Until AWS has found that, consumers cannot use the name, and
an endpoint that asks for private DNS is refused.

## Verdicts
* **fail**, medium: the service has a private DNS name whose verification failed, or waits.
* **unknown**: AWS left the state of the verification out.
* **not applicable**: the service has no private DNS name, or it failed or is being deleted.

## Finding key
Empty: a service has one private DNS name.

## Remediation
Add the TXT record of the finding to the public DNS zone of the name's domain, and start the verification. Keep the
record: AWS looks for it again from time to time.
"""

from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoint_services import absent_of
from auditor.network.entities import EndpointService
from auditor.network.network import Network
from auditor.remedies import verify_private_dns
from auditor.verdicts import GONE


@check(
    id="endpoint-service-private-dns-unverified",
    severities=(Severity.MEDIUM,),
    of=EndpointService,
    reads=(),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html",
)
def endpoint_service_private_dns_unverified(
    service: EndpointService, network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Judge the verification of a service's private DNS name."""
    name, proof = service.record.private_dns_name, service.record.private_dns_name_configuration
    if not service.stands:
        yield GONE
    elif not name:
        yield NotApplicable("the service has no private DNS name")
    elif proof is None or proof.state is None:
        yield Unknown(absent_of(service), message=f"whether {name} of {service.label} is verified was not seen")
    elif proof.state != "verified":
        how = "failed" if proof.state == "failed" else "waits"
        yield Fault(
            message=f"consumers of {service.label_with_owner} cannot use {name}: its verification "
            f"{how}; add the {proof.type or 'TXT'} record {proof.name or ''} to the domain, and verify it",
            evidence={
                **service.shown,
                "private_dns_name": name,
                "state": proof.state,
                "record_type": proof.type,
                "record_name": proof.name,
                "record_value": proof.value,
            },
            remedy=[verify_private_dns(service)],
        )
