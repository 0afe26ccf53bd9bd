"""Rules about the endpoint services that the audited accounts provide."""
