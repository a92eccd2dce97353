"""The routes."""

import json

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.peers.celery_app import planning, tasks, whatsapp
from bench.peers.drf.serializers import EventSerializer


class Dispatch(APIView):
    """Accepts an event."""

    def post(self, request: Request) -> Response:
        """Answer when it is stored."""
        event = EventSerializer(data=request.data)
        event.is_valid(raise_exception=True)
        stored = planning.accept(event.validated_data)
        answer = {
            name: getattr(stored, name)
            for name in ("notification_id", "state", "reason", "route", "decisions")
        }
        location = f"/api/v1/notifications/{stored.pk}/"
        return Response(answer, status.HTTP_202_ACCEPTED, headers={"Location": location})


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Takes in what Meta tells; 200 when it is in the queue."""
    if not whatsapp.is_signed(request.body, request.headers.get("X-Hub-Signature-256", "")):
        return HttpResponse(status=401)
    for entry in json.loads(request.body)["entry"]:
        for change in entry["changes"]:
            for receipt in change["value"].get("statuses", []):
                tasks.apply_receipt.delay(receipt)
    return HttpResponse()
