"""`python -m bench.peers.celery_app.fill`: the workshop's seed, and customers for the benchmark.

`PEER_CUSTOMERS` says how many: `whole-00000` and so on, each like the customer of the example.
"""

import os

from bench.peers.drf import fill
from bench.whole_way.people import LIKE, customer_id, phone


def main() -> None:
    """Fill a database that is empty."""
    fill.main()
    # Models can be imported only after that.
    from bench.peers.drf.models import Customer

    like = Customer.objects.get(pk=LIKE)
    Customer.objects.bulk_create(
        Customer(
            customer_id=customer_id(number),
            name=like.name,
            email=like.email,
            phone=phone(number),
            locale=like.locale,
            preferences=like.preferences,
        )
        for number in range(int(os.environ["PEER_CUSTOMERS"]))
    )


if __name__ == "__main__":
    main()
