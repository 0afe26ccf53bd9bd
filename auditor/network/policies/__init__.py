"""What IAM policy documents on VPC endpoints let through: read exactly, and proven or left unknown, never guessed.

* ``documents`` reads a policy's text into statements, or says why it is none.
* ``patterns`` matches texts with wildcards, and finds texts that tell several patterns apart.
* ``conditions`` holds AWS's condition operators, in three values.
* ``requests`` asks whether a policy lets a request pass.
* ``exposure`` asks whether a stranger's request can pass, and gives one that does.
* ``perimeter`` writes a policy that bounds an endpoint to an organization.
"""
