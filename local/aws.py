"""How tools of this machine reach the laptop cloud instead of AWS."""

import os

import boto3

from local.places import AWS_URL, HOST

ACCESS_KEY = "local"
REGION = "us-east-1"

VARIABLES = {
    "AWS_ENDPOINT_URL": AWS_URL,
    "AWS_ACCESS_KEY_ID": ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}


def environment() -> dict[str, str]:
    """This process's environment, in which nothing is left that leads to a real AWS account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        **VARIABLES,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": HOST,
        "SAM_CLI_TELEMETRY": "0",
    }


SESSION = boto3.Session(
    aws_access_key_id=ACCESS_KEY, aws_secret_access_key=ACCESS_KEY, region_name=REGION
)
"""For clients of the laptop cloud; each needs `endpoint_url=AWS_URL` as well."""
