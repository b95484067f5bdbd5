"""Methods about which attributes contacts may have."""

from chassis.lists import Paging
from chassis.resources import apply_mask
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.models import ATTRIBUTE_DEFINITION, AttributeDefinition
from services.contact.rpc import answers, requests
from services.contact.rpc.desk import Context, Desk
from services.contact.usecases import attributes
from services.contact.usecases.attributes import Values


class Attributes(Desk):
    """Registers attributes, reads and changes their definitions."""

    async def CreateAttributeDefinition(
        self, request: pb.CreateAttributeDefinitionRequest, context: Context
    ) -> pb.AttributeDefinition:
        values = requests.definition_values(request.attribute_definition, requests.DEFINITION_FIELDS)
        async with self.transaction() as tx:
            made = await attributes.create_attribute_definition(
                tx, request.attribute_definition_id, values, now=self.clock.now()
            )
            return await self.changed(tx, answers.definition_message(made))

    async def GetAttributeDefinition(
        self, request: pb.GetAttributeDefinitionRequest, context: Context | None
    ) -> pb.AttributeDefinition:
        attribute = ATTRIBUTE_DEFINITION.parse(request.name)
        async with self.database.transaction() as tx:
            return answers.definition_message(await attributes.get_attribute_definition(tx, attribute))

    async def ListAttributeDefinitions(
        self, request: pb.ListAttributeDefinitionsRequest, context: Context
    ) -> pb.ListAttributeDefinitionsResponse:
        paging = Paging.of(request, "attributes")
        async with self.database.transaction() as tx:
            rows, token = await attributes.list_attribute_definitions(tx, paging)
        return pb.ListAttributeDefinitionsResponse(
            attribute_definitions=map(answers.definition_message, rows), next_page_token=token
        )

    async def UpdateAttributeDefinition(
        self, request: pb.UpdateAttributeDefinitionRequest, context: Context
    ) -> pb.AttributeDefinition:
        told = request.attribute_definition
        attribute = ATTRIBUTE_DEFINITION.parse(told.name, "attribute_definition.name")

        def change(definition: AttributeDefinition) -> Values:
            current = answers.definition_message(definition)
            return requests.definition_values(current, apply_mask(current, told, request.update_mask))

        async with self.transaction() as tx:
            changed = await attributes.update_attribute_definition(
                tx, attribute, change, etag=told.etag, now=self.clock.now()
            )
            return await self.changed(tx, answers.definition_message(changed))
