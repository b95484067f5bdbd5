"""The door for gRPC callers: proto → use case → proto."""

from typing import Any

from google.protobuf.message import Message
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.campaign.v1.campaign_pb2_grpc import CampaignServiceServicer

from services.campaign.rpc.activities import Activities
from services.campaign.rpc.campaigns import Campaigns
from services.campaign.rpc.desk import Outside
from services.campaign.rpc.launches import Launches
from services.campaign.rpc.mails import Mails
from services.campaign.rpc.senders import Brakes, Senders
from services.campaign.rpc.sends import Sends

API = "touchline.campaign.v1.CampaignService"


class CampaignServicer(Launches, Campaigns, Activities, Senders, Brakes, Sends, Mails, CampaignServiceServicer):  # type: ignore[misc]
    """Answers touchline.campaign.v1.CampaignService."""

    async def reread(self, name: str, method: str) -> Message:
        """The resource as it is now."""
        readers: dict[str, tuple[Any, Any]] = {
            "programmes": (self.GetProgramme, pb.GetProgrammeRequest),
            "campaigns": (self.GetCampaign, pb.GetCampaignRequest),
            "activities": (self.GetActivity, pb.GetActivityRequest),
            "senders": (self.GetSender, pb.GetSenderRequest),
            "brakes": (self.GetBrake, pb.GetBrakeRequest),
            "sends": (self.GetSend, pb.GetSendRequest),
        }
        read, request = readers[name.split("/")[-2]]
        answer: Message = await read(request(name=name))
        return answer


__all__ = ["API", "CampaignServicer", "Outside"]
