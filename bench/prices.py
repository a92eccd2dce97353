"""AWS's list prices in us-east-1, in US$, without free tiers; looked up in November 2026."""

MILLION = 1_000_000
GIGABYTE = 10**9

LAMBDA_ARM64_GB_SECOND = 0.0000133334
LAMBDA_REQUEST = 0.20 / MILLION
HTTP_API_REQUEST = 1.00 / MILLION
SQS_REQUEST = 0.40 / MILLION
SQS_FAIR_QUEUE_REQUEST = 0.10 / MILLION
"""On top, for requests with a message group on a standard queue."""
DYNAMODB_WRITE_UNIT = 0.625 / MILLION
DYNAMODB_READ_UNIT = 0.125 / MILLION
LOG_BYTE = 0.50 / GIGABYTE

LOG_LINE_OVERHEAD_BYTES = 26
"""CloudWatch Logs adds it to every event when it counts."""
