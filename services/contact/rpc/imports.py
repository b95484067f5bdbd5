"""Methods about importing tables of contacts."""

from chassis.lists import Paging
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.models import IMPORT
from services.contact.rpc import answers, requests
from services.contact.rpc.desk import Context, Desk
from services.contact.usecases import imports


class Imports(Desk):
    """Opens imports, takes their rows, and reports on them."""

    async def CreateImport(self, request: pb.CreateImportRequest, context: Context) -> pb.Import:
        values = requests.import_values(request.contact_import)
        async with self.transaction() as tx:
            opened = await imports.create_import(
                tx,
                requests.new_id(request.import_id),
                values,
                now=self.clock.now(),
                refuses_unregistered=self.viewer().refuses_unregistered,
            )
            return await self.changed(tx, answers.import_message(opened))

    async def AppendImportRows(self, request: pb.AppendImportRowsRequest, context: Context) -> pb.Import:
        import_id = IMPORT.parse_uuid(request.parent, "parent")
        async with self.transaction() as tx:
            written = await imports.append_import_rows(
                tx,
                import_id,
                request.first_row,
                [row.values for row in request.rows],
                last=request.last,
                subjects=self.subjects,
                actor=self.viewer().user,
                now=self.clock.now(),
                refuses_unregistered=self.viewer().refuses_unregistered,
            )
            return await self.changed(tx, answers.import_message(written))

    async def GetImport(self, request: pb.GetImportRequest, context: Context | None) -> pb.Import:
        import_id = IMPORT.parse_uuid(request.name)
        async with self.database.transaction() as tx:
            return answers.import_message(await imports.get_import(tx, import_id))

    async def ListImportRowReports(
        self, request: pb.ListImportRowReportsRequest, context: Context
    ) -> pb.ListImportRowReportsResponse:
        import_id = IMPORT.parse_uuid(request.parent, "parent")
        paging = Paging.of(request, "import rows", request.parent, str(request.refused_only))
        async with self.database.transaction() as tx:
            rows, known, token = await imports.list_import_row_reports(
                tx, import_id, paging, refused_only=request.refused_only, viewer=self.viewer()
            )
        told = [answers.row_message(row, names=row.contact_id in known) for row in rows]
        return pb.ListImportRowReportsResponse(row_reports=told, next_page_token=token)
