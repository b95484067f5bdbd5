"""What other systems install to talk to Touchline: the four services behind one object, and refusals made readable.

    async with Touchline(token=token, host="touchline.example") as touchline:
        campaign = await touchline.campaign.GetCampaign(GetCampaignRequest(name="campaigns/…"))

It needs grpc, protobuf and the generated `touchline` package, nothing else. The `touchline` command lies beside it.
"""

from touchline_client.client import PORTS, Touchline
from touchline_client.refusals import Refusal, refusal_of, refusal_of_status
from touchline_client.touches import record_touches

__all__ = ["PORTS", "Refusal", "Touchline", "record_touches", "refusal_of", "refusal_of_status"]
