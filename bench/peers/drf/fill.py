"""`python -m bench.peers.drf.fill`: makes the tables and fills them with the workshop's seed.

The token that opens the API is taken from `PEER_TOKEN`.
"""

import os
from collections.abc import Mapping
from typing import Any

import django


def main() -> None:
    """Fill a database that is empty."""
    django.setup()
    # Models can be imported only after that.
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from rest_framework.authtoken.models import Token

    from bench.peers.drf import workshop
    from bench.peers.drf.models import Configuration, Customer, Suppression, Template

    call_command("migrate", run_syncdb=True, verbosity=0)
    user = User.objects.create_user("workshop")
    Token.objects.create(user=user, key=os.environ["PEER_TOKEN"])
    Template.objects.bulk_create(Template(**_template(each)) for each in workshop.templates())
    Configuration.objects.bulk_create(
        Configuration(**each) for each in workshop.read("orchestration.yaml")
    )
    people = workshop.read("customers.yaml")["customers"]
    fields = ("customer_id", "name", "email", "phone", "locale", "preferences")
    Customer.objects.bulk_create(
        Customer(**{field: person[field] for field in fields}) for person in people
    )
    Suppression.objects.bulk_create(
        Suppression(channel=each["channel"], address=_address(person, each), reason=each["reason"])
        for person in people
        for each in person["suppressions"]
    )


def _template(each: Mapping[str, Any]) -> dict[str, Any]:
    slot = {name: each[name] for name in ("service_type", "phase", "target", "channel", "locale")}
    content = {name: value for name, value in each.items() if name not in slot}
    return {"template_id": ".".join(slot.values()), **slot, "content": content}


def _address(person: Mapping[str, Any], suppression: Mapping[str, Any]) -> str:
    address = person["email"] if suppression["channel"] == "email" else person["phone"]
    return str(address)


if __name__ == "__main__":
    main()
