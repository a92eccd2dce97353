"""How tools of this machine reach the laptop cloud instead of AWS."""

import os

import boto3
import botocore.session
from botocore.config import Config

from local.places import AWS_URL

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
    """This process's environment for programs that call this machine only.

    Nothing is left in it that leads to a real AWS account or over a proxy.
    """
    theirs = {name for name in os.environ if name.startswith("AWS_")} | proxies().keys()
    return {
        **{name: value for name, value in os.environ.items() if name not in theirs},
        **VARIABLES,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
    }


def proxies() -> dict[str, str]:
    """The variables that name proxies, in either case: HTTPS_PROXY, no_proxy and the like."""
    return {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}


def _session() -> boto3.Session:
    core = botocore.session.get_session()
    # A company's proxy cannot reach this machine's own addresses.
    core.set_default_client_config(Config(proxies={}))
    return boto3.Session(
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=ACCESS_KEY,
        region_name=REGION,
        botocore_session=core,
    )


SESSION = _session()
"""For clients of the laptop cloud; each needs `endpoint_url=AWS_URL` as well."""
