"""Methods about accounts and deals."""

from chassis.filters import compile_filter
from chassis.lists import Paging
from chassis.masking import mask
from chassis.resources import apply_mask
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.models import ACCOUNT, DEAL, Account, IdentityLink, Suppression
from services.contact.rpc import answers, requests
from services.contact.rpc.desk import Context, Desk, keys_of
from services.contact.rpc.lists import account_columns, deal_columns
from services.contact.usecases import accounts
from services.contact.usecases.accounts import Values

ALL_FIELDS = (*requests.ACCOUNT_TEXTS, "tags", "parent_account")
ORDERS = ("create_time", "display_name")


class Accounts(Desk):
    """Creates, reads, changes and deletes accounts; creates and reads deals."""

    async def CreateAccount(self, request: pb.CreateAccountRequest, context: Context) -> pb.Account:
        values = requests.account_values(request.account, ALL_FIELDS)
        async with self.transaction() as tx:
            account = await accounts.create_account(
                tx, requests.new_id(request.account_id), values, now=self.clock.now()
            )
            return await self.changed(tx, answers.account_message(account))

    async def GetAccount(self, request: pb.GetAccountRequest, context: Context | None) -> pb.Account:
        account_id = ACCOUNT.parse_uuid(request.name)
        async with self.database.transaction() as tx:
            account = await accounts.get_account(tx, account_id)
            found = await accounts.list_role_addresses(tx, account_id, now=self.clock.now())
        is_visible = self.viewer().sees(account.owner, account.team)
        message = answers.account_message(account)
        message.role_addresses.extend(_role_address(link, stop, is_visible=is_visible) for link, stop in found)
        return message

    async def ListAccounts(self, request: pb.ListAccountsRequest, context: Context) -> pb.ListAccountsResponse:
        where = compile_filter(request.filter, account_columns())
        keys, is_descending = keys_of(request.order_by, ORDERS)
        paging = Paging.of(request, "accounts", request.filter, request.order_by)
        wanted = [] if where is None else [where]
        async with self.database.transaction() as tx:
            rows, token = await accounts.list_accounts(tx, wanted, keys, paging, is_descending=is_descending)
        return pb.ListAccountsResponse(accounts=map(answers.account_message, rows), next_page_token=token)

    async def UpdateAccount(self, request: pb.UpdateAccountRequest, context: Context) -> pb.Account:
        account_id = ACCOUNT.parse_uuid(request.account.name, "account.name")

        def change(account: Account) -> Values:
            current = answers.account_message(account)
            return requests.account_values(current, apply_mask(current, request.account, request.update_mask))

        async with self.transaction() as tx:
            account = await accounts.update_account(
                tx, account_id, change, etag=request.account.etag, now=self.clock.now()
            )
            return await self.changed(tx, answers.account_message(account))

    async def DeleteAccount(self, request: pb.DeleteAccountRequest, context: Context) -> pb.Account:
        account_id = ACCOUNT.parse_uuid(request.name)
        async with self.transaction() as tx:
            account = await accounts.delete_account(tx, account_id, etag=request.etag, now=self.clock.now())
            return await self.changed(tx, answers.account_message(account))

    async def CreateDeal(self, request: pb.CreateDealRequest, context: Context) -> pb.Deal:
        values, people = requests.deal_values(request.deal), requests.participants(request.deal)
        async with self.transaction() as tx:
            deal = await accounts.create_deal(
                tx, requests.new_id(request.deal_id), values, people, now=self.clock.now()
            )
            return await self.changed(tx, answers.deal_message(deal, people))

    async def GetDeal(self, request: pb.GetDealRequest, context: Context | None) -> pb.Deal:
        deal_id = DEAL.parse_uuid(request.name)
        async with self.database.transaction() as tx:
            return answers.deal_message(*await accounts.get_deal(tx, deal_id, self.viewer()))

    async def ListDeals(self, request: pb.ListDealsRequest, context: Context) -> pb.ListDealsResponse:
        where = compile_filter(request.filter, deal_columns(self.viewer()))
        keys, is_descending = keys_of(request.order_by, ORDERS)
        paging = Paging.of(request, "deals", request.filter, request.order_by)
        wanted = [] if where is None else [where]
        async with self.database.transaction() as tx:
            found, token = await accounts.list_deals(
                tx, wanted, keys, paging, is_descending=is_descending, viewer=self.viewer()
            )
        return pb.ListDealsResponse(deals=[answers.deal_message(*each) for each in found], next_page_token=token)


def _role_address(link: IdentityLink, stop: Suppression | None, *, is_visible: bool) -> pb.RoleAddress:
    """An address of a company; shown to whoever sees its contacts whole."""
    message = pb.RoleAddress(
        address=pb.Identifier(kind=link.identifier_kind, value=link.value, label=link.label, verified=link.verified),
        assert_time=link.asserted_time,
        evidence=link.evidence if is_visible else "",
        actor=link.actor,
        suppressed=f"REASON_{stop.reason if stop else 'UNSPECIFIED'}",
    )
    return mask(message, is_visible)
