"""Contacts, accounts, deals, identity links, consents, suppressions, imports, audit.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op
from chassis import inbox, outbox

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE account (
    id UUID NOT NULL,
    display_name TEXT NOT NULL,
    domain TEXT NOT NULL,
    industry TEXT NOT NULL,
    country TEXT NOT NULL,
    owner TEXT NOT NULL,
    team TEXT NOT NULL,
    external_id TEXT NOT NULL,
    tags TEXT[] DEFAULT '{}' NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    delete_time timestamptz,
    revision BIGINT NOT NULL,
    CONSTRAINT account_pkey PRIMARY KEY (id),
    CONSTRAINT account_display_name_check CHECK (length(display_name) BETWEEN 1 AND 200)
);

CREATE INDEX account_display_name_index ON account (display_name, id);

CREATE UNIQUE INDEX account_external_id_index ON account (external_id)
    WHERE external_id <> '' AND delete_time IS NULL;

CREATE INDEX account_name_index ON account (lower(display_name));

CREATE TABLE audit_entry (
    number BIGINT NOT NULL,
    time timestamptz NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    reason TEXT NOT NULL,
    previous_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT audit_entry_pkey PRIMARY KEY (number)
);

CREATE TABLE consent_event (
    id UUID NOT NULL,
    subject BYTEA NOT NULL,
    identifier_kind TEXT NOT NULL,
    value TEXT NOT NULL,
    purpose TEXT NOT NULL,
    channel TEXT NOT NULL,
    topic TEXT NOT NULL,
    status TEXT NOT NULL,
    lawful_basis TEXT NOT NULL,
    capture_time timestamptz NOT NULL,
    effective_to_time timestamptz,
    source TEXT NOT NULL,
    wording_version TEXT NOT NULL,
    ip_hash BYTEA NOT NULL,
    evidence TEXT NOT NULL,
    actor TEXT NOT NULL,
    create_time timestamptz NOT NULL,
    CONSTRAINT consent_event_pkey PRIMARY KEY (id),
    CONSTRAINT consent_event_status_check CHECK (status IN ('PENDING', 'GRANTED', 'DENIED', 'WITHDRAWN', 'EXPIRED')),
    CONSTRAINT consent_event_subject_size_check CHECK (octet_length(subject) = 16)
);

CREATE INDEX consent_event_subject_index ON consent_event (subject, purpose);

CREATE TABLE contact_import (
    id UUID NOT NULL,
    display_name TEXT NOT NULL,
    columns TEXT[] DEFAULT '{}' NOT NULL,
    mapping JSONB DEFAULT '{}' NOT NULL,
    region TEXT NOT NULL,
    owner TEXT NOT NULL,
    team TEXT NOT NULL,
    total_rows BIGINT NOT NULL,
    state TEXT NOT NULL,
    next_row BIGINT NOT NULL,
    rows_created BIGINT NOT NULL,
    rows_updated BIGINT NOT NULL,
    rows_unchanged BIGINT NOT NULL,
    rows_refused BIGINT NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    CONSTRAINT contact_import_pkey PRIMARY KEY (id),
    CONSTRAINT contact_import_state_check CHECK (state IN ('OPEN', 'FINISHED')),
    CONSTRAINT contact_import_next_row_check CHECK (next_row >= 1)
);

CREATE TABLE identity_link (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject BYTEA,
    contact_id UUID,
    survivor_id UUID,
    account_id UUID,
    touch TEXT NOT NULL,
    from_time timestamptz,
    to_time timestamptz,
    asserted_time timestamptz NOT NULL,
    retracted_time timestamptz,
    evidence TEXT NOT NULL,
    actor TEXT NOT NULL,
    identifier_kind TEXT NOT NULL,
    value TEXT NOT NULL,
    label TEXT NOT NULL,
    verified BOOLEAN NOT NULL,
    revision BIGINT NOT NULL,
    CONSTRAINT identity_link_pkey PRIMARY KEY (id),
    CONSTRAINT identity_link_kind_check CHECK (kind IN ('holds', 'shared', 'role', 'merge', 'exclusion')),
    CONSTRAINT identity_link_subject_check CHECK ((subject IS NOT NULL) = (kind IN ('holds', 'shared', 'role'))),
    CONSTRAINT identity_link_contact_check CHECK ((contact_id IS NULL) = (kind = 'role')),
    CONSTRAINT identity_link_survivor_check CHECK ((survivor_id IS NOT NULL) = (kind = 'merge')),
    CONSTRAINT identity_link_account_check CHECK ((account_id IS NOT NULL) = (kind = 'role')),
    CONSTRAINT identity_link_touch_check CHECK ((touch <> '') = (kind = 'exclusion')),
    CONSTRAINT identity_link_validity_check CHECK (from_time < to_time),
    CONSTRAINT identity_link_subject_size_check CHECK (octet_length(subject) = 16)
);

CREATE INDEX identity_link_account_index ON identity_link (account_id) WHERE account_id IS NOT NULL;

CREATE INDEX identity_link_contact_index ON identity_link (contact_id, id);

CREATE UNIQUE INDEX identity_link_one_holder_index ON identity_link (subject)
    WHERE kind = 'holds' AND to_time IS NULL AND retracted_time IS NULL;

CREATE UNIQUE INDEX identity_link_one_merge_index ON identity_link (contact_id)
    WHERE kind = 'merge' AND retracted_time IS NULL;

CREATE INDEX identity_link_subject_index ON identity_link (subject) WHERE subject IS NOT NULL;

CREATE INDEX identity_link_survivor_index ON identity_link (survivor_id) WHERE survivor_id IS NOT NULL;

CREATE INDEX identity_link_value_index ON identity_link USING gin (value gin_trgm_ops)
    WHERE retracted_time IS NULL AND value <> '';

CREATE TABLE suppression (
    id UUID NOT NULL,
    subject BYTEA NOT NULL,
    identifier_kind TEXT NOT NULL,
    value TEXT NOT NULL,
    channel TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    actor TEXT NOT NULL,
    create_time timestamptz NOT NULL,
    lift_time timestamptz,
    revision BIGINT NOT NULL,
    CONSTRAINT suppression_pkey PRIMARY KEY (id),
    CONSTRAINT suppression_subject_size_check CHECK (octet_length(subject) = 16)
);

CREATE UNIQUE INDEX suppression_in_force_index ON suppression (subject, channel) WHERE lift_time IS NULL;

CREATE INDEX suppression_subject_index ON suppression (subject);

CREATE TABLE contact (
    id UUID NOT NULL,
    display_name TEXT NOT NULL,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    title TEXT NOT NULL,
    account_id UUID,
    owner TEXT NOT NULL,
    team TEXT NOT NULL,
    stage TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    country TEXT NOT NULL,
    language TEXT NOT NULL,
    attributes JSONB DEFAULT '{}' NOT NULL,
    tags TEXT[] DEFAULT '{}' NOT NULL,
    searched TEXT NOT NULL,
    state TEXT NOT NULL,
    merged_into UUID,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    delete_time timestamptz,
    revision BIGINT NOT NULL,
    CONSTRAINT contact_pkey PRIMARY KEY (id),
    CONSTRAINT contact_state_check CHECK (state IN ('ACTIVE', 'MERGED', 'DELETED')),
    CONSTRAINT contact_merged_into_check CHECK ((state = 'MERGED') = (merged_into IS NOT NULL)),
    CONSTRAINT contact_merged_into_another_check CHECK (merged_into <> id),
    CONSTRAINT contact_delete_time_check CHECK ((state = 'DELETED') = (delete_time IS NOT NULL)),
    CONSTRAINT contact_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX contact_account_index ON contact (account_id, id) WHERE account_id IS NOT NULL;

CREATE INDEX contact_display_name_index ON contact (display_name, id);

CREATE INDEX contact_merged_into_index ON contact (merged_into) WHERE merged_into IS NOT NULL;

CREATE INDEX contact_owner_index ON contact (owner, id) WHERE owner <> '';

CREATE INDEX contact_searched_index ON contact USING gin (searched gin_trgm_ops);

CREATE INDEX contact_tags_index ON contact USING gin (tags);

CREATE INDEX contact_team_index ON contact (team, id) WHERE team <> '';

CREATE INDEX contact_update_time_index ON contact (update_time, id);

CREATE TABLE deal (
    id UUID NOT NULL,
    display_name TEXT NOT NULL,
    account_id UUID,
    currency TEXT NOT NULL,
    units BIGINT NOT NULL,
    nanos INTEGER NOT NULL,
    stage TEXT NOT NULL,
    close_date DATE,
    owner TEXT NOT NULL,
    team TEXT NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision BIGINT NOT NULL,
    CONSTRAINT deal_pkey PRIMARY KEY (id),
    CONSTRAINT deal_display_name_check CHECK (length(display_name) BETWEEN 1 AND 200),
    CONSTRAINT deal_nanos_check CHECK (nanos BETWEEN -999999999 AND 999999999),
    CONSTRAINT deal_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX deal_account_index ON deal (account_id, id);

CREATE INDEX deal_display_name_index ON deal (display_name, id);

CREATE TABLE import_row (
    import_id UUID NOT NULL,
    number BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    column_title TEXT NOT NULL,
    contact_id UUID,
    CONSTRAINT import_row_pkey PRIMARY KEY (import_id, number),
    CONSTRAINT import_row_outcome_check CHECK (outcome IN ('CREATED', 'UPDATED', 'UNCHANGED', 'REFUSED')),
    CONSTRAINT import_row_import_id_fkey FOREIGN KEY(import_id) REFERENCES contact_import (id)
);

CREATE TABLE deal_contact (
    deal_id UUID NOT NULL,
    place INTEGER NOT NULL,
    contact_id UUID NOT NULL,
    role TEXT NOT NULL,
    CONSTRAINT deal_contact_pkey PRIMARY KEY (deal_id, place),
    CONSTRAINT deal_contact_deal_id_fkey FOREIGN KEY(deal_id) REFERENCES deal (id),
    CONSTRAINT deal_contact_contact_id_fkey FOREIGN KEY(contact_id) REFERENCES contact (id)
);

CREATE INDEX deal_contact_contact_index ON deal_contact (contact_id);
"""

# From a contact up to the one that stands for it. Only contact forbids cycles, so this ends.
SURVIVOR = """
CREATE FUNCTION survivor_of(of_contact uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
    WITH RECURSIVE up AS (
        SELECT id, merged_into FROM contact WHERE id = of_contact
        UNION ALL
        SELECT c.id, c.merged_into FROM up JOIN contact c ON c.id = up.merged_into
    )
    SELECT id FROM up WHERE merged_into IS NULL
$$
"""


def upgrade() -> None:
    op.execute(outbox.SCHEMA)
    op.execute(inbox.SCHEMA)
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute(TABLES)
    op.execute(SURVIVOR)


def downgrade() -> None:
    raise NotImplementedError("a database goes back by restoring a backup")
