"""Which day it is where a tenant is."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from recado.ports.configuration import ConfigurationRepository


def day_of_tenant(configuration: ConfigurationRepository, tenant_id: str, moment: datetime) -> date:
    """The day of a moment by a tenant's clock; in UTC where nobody knows the tenant."""
    tenant = configuration.tenant(tenant_id)
    return moment.astimezone(ZoneInfo(tenant.time_zone if tenant else "UTC")).date()
