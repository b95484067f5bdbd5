"""Activities and how far their planning is, senders, brakes, and the projection of people, companies and deals.

Must not lock for long, and must not break the version before: the new columns have defaults, which PostgreSQL adds
without rewriting the table, and the state SCHEDULED is only written by the new version.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CAMPAIGN = """
ALTER TABLE campaign
    ADD COLUMN goal jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN scheduled_time timestamptz,
    ADD COLUMN launch_time timestamptz,
    ADD COLUMN launcher text NOT NULL DEFAULT '',
    ADD COLUMN finish_time timestamptz,
    ADD COLUMN state_reason text NOT NULL DEFAULT '',
    DROP CONSTRAINT campaign_state_check,
    ADD CONSTRAINT campaign_state_check
        CHECK (state IN ('DRAFT', 'SCHEDULED', 'RUNNING', 'PAUSED', 'FINISHED', 'CANCELLED'))
"""
CAMPAIGN_INDEXES = (
    "CREATE INDEX campaign_scheduled_index ON campaign (scheduled_time) WHERE state = 'SCHEDULED'",
    "CREATE INDEX campaign_running_index ON campaign (id) WHERE state = 'RUNNING'",
)
SENDER = """
CREATE TABLE sender (
    id uuid PRIMARY KEY,
    display_name text NOT NULL,
    address text NOT NULL,
    reply_to_address text NOT NULL,
    state text NOT NULL,
    dkim_domain text NOT NULL,
    dkim_selector text NOT NULL,
    code_hash bytea,
    code_sent_time timestamptz,
    code_expire_time timestamptz,
    code_attempts integer NOT NULL,
    verify_time timestamptz,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT sender_display_name_check CHECK (length(display_name) BETWEEN 1 AND 100),
    CONSTRAINT sender_state_check CHECK (state IN ('UNVERIFIED', 'VERIFIED'))
)
"""
SENDER_ADDRESS = "CREATE UNIQUE INDEX sender_address_key ON sender (lower(address))"
BRAKE = """
CREATE TABLE brake (
    id uuid PRIMARY KEY,
    target text NOT NULL,
    target_id uuid NOT NULL,
    reason text NOT NULL,
    expire_time timestamptz NOT NULL,
    creator text NOT NULL,
    create_time timestamptz NOT NULL,
    release_time timestamptz,
    releaser text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT brake_target_check CHECK (target IN ('CONTACT', 'ACCOUNT', 'DEAL')),
    CONSTRAINT brake_reason_check CHECK (length(reason) BETWEEN 1 AND 500)
)
"""
BRAKE_TARGET = "CREATE INDEX brake_target_index ON brake (target_id, expire_time) WHERE release_time IS NULL"
ACTIVITY = """
CREATE TABLE activity (
    id uuid PRIMARY KEY,
    campaign_id uuid NOT NULL
        CONSTRAINT activity_campaign_id_fkey REFERENCES campaign (id) ON DELETE CASCADE,
    display_name text NOT NULL,
    include_segments text[] NOT NULL,
    exclude_segments text[] NOT NULL,
    sender_id uuid CONSTRAINT activity_sender_id_fkey REFERENCES sender (id),
    subscription_topic text NOT NULL,
    purpose text NOT NULL,
    subject_template text NOT NULL,
    html_template text NOT NULL,
    text_template text NOT NULL,
    rate_per_second integer NOT NULL,
    untracked boolean NOT NULL,
    version integer NOT NULL,
    links text[] NOT NULL,
    occurrence integer NOT NULL,
    planning text NOT NULL,
    members_read bigint NOT NULL,
    people_planned bigint NOT NULL,
    plan_start_time timestamptz,
    plan_finish_time timestamptz,
    obstacle text NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT activity_display_name_check CHECK (length(display_name) BETWEEN 1 AND 200),
    CONSTRAINT activity_purpose_check CHECK (purpose IN ('MARKETING')),
    CONSTRAINT activity_planning_check CHECK (planning IN ('NONE', 'WAITING', 'RUNNING', 'DONE', 'CANCELLED'))
)
"""
ACTIVITY_INDEXES = (
    "CREATE INDEX activity_campaign_index ON activity (campaign_id, id)",
    "CREATE INDEX activity_sender_index ON activity (sender_id)",
    "CREATE INDEX activity_planning_index ON activity (id) WHERE planning IN ('WAITING', 'RUNNING')",
)
AUDIENCE_MEMBER = """
CREATE TABLE audience_member (
    activity_id uuid CONSTRAINT audience_member_activity_id_fkey REFERENCES activity (id) ON DELETE CASCADE,
    contact_id uuid,
    PRIMARY KEY (activity_id, contact_id)
)
"""
PERSON = """
CREATE TABLE person (
    id uuid PRIMARY KEY,
    survivor_id uuid NOT NULL,
    direct_id uuid NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    display_name text NOT NULL,
    title text NOT NULL,
    account_id uuid,
    owner text NOT NULL,
    team text NOT NULL,
    stage text NOT NULL,
    email text NOT NULL,
    subject bytea,
    language text NOT NULL,
    time_zone text NOT NULL,
    country text NOT NULL,
    attributes jsonb NOT NULL,
    tags text[] NOT NULL,
    is_active boolean NOT NULL,
    epoch bigint NOT NULL,
    revision bigint NOT NULL,
    read_time timestamptz NOT NULL
)
"""
PERSON_INDEXES = (
    "CREATE INDEX person_survivor_index ON person (survivor_id, id) WHERE survivor_id <> id",
    "CREATE INDEX person_account_index ON person (account_id, id) WHERE account_id IS NOT NULL",
    "CREATE INDEX person_subject_index ON person (subject) WHERE subject IS NOT NULL",
)
ACCOUNT = """
CREATE TABLE account (
    id uuid PRIMARY KEY,
    display_name text NOT NULL,
    domain text NOT NULL,
    industry text NOT NULL,
    country text NOT NULL,
    is_active boolean NOT NULL,
    epoch bigint NOT NULL,
    revision bigint NOT NULL
)
"""
DEAL = """
CREATE TABLE deal (
    id uuid PRIMARY KEY,
    contacts text[] NOT NULL,
    epoch bigint NOT NULL,
    revision bigint NOT NULL
)
"""
DEAL_CONTACTS = "CREATE INDEX deal_contacts_index ON deal USING gin (contacts)"


def upgrade() -> None:
    steps = (CAMPAIGN, *CAMPAIGN_INDEXES, SENDER, SENDER_ADDRESS, BRAKE, BRAKE_TARGET, ACTIVITY, *ACTIVITY_INDEXES)
    for step in (*steps, AUDIENCE_MEMBER, PERSON, *PERSON_INDEXES, ACCOUNT, DEAL, DEAL_CONTACTS):
        op.execute(step)


def downgrade() -> None:
    raise NotImplementedError("a database goes back by restoring a backup")
