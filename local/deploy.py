"""Deploys the built template to the laptop cloud, as `sam deploy` would to AWS."""

from local import aws, commands, differences, outputs
from local.places import API_URL, AWS_URL, BUILD, ENVIRONMENT, STACK, program
from local.problems import calling

_BUCKET = "recado-artifacts"


def deploy(architecture: str) -> dict[str, str]:
    """Deploy, and return the variables that lead to what was deployed.

    Raises
    ------
    Problem
        `sam deploy` failed, or MiniStack refused what is put right after it.
    """
    with calling("ministack"):
        aws.SESSION.client("s3", endpoint_url=AWS_URL).create_bucket(Bucket=_BUCKET)
    commands.run(
        [
            *(program("sam", "sam"), "deploy", "--template-file", str(BUILD / "template.yaml")),
            *("--stack-name", STACK, "--s3-bucket", _BUCKET, "--capabilities", "CAPABILITY_IAM"),
            *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"),
            "--parameter-overrides",
            *(f"Environment={ENVIRONMENT}", f"Architecture={architecture}", f"PublicUrl={API_URL}"),
            "AllowLoopbackWebhooks=true",
        ],
        {**aws.environment(), "SAM_CLI_POLL_DELAY": "0.2"},  # seconds; five on AWS
        "sam-deploy",
        "Mend template.yaml and run the command again.",
    )
    with calling("ministack"):
        differences.put_right()
        cloudformation = aws.SESSION.client("cloudformation", endpoint_url=AWS_URL)
        return outputs.variables(cloudformation, STACK)
