"""Which attributes of contacts are registered. Adds a table; the version before does not know it."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE attribute_definition (
    id text NOT NULL,
    display_name text NOT NULL,
    description text NOT NULL,
    type text NOT NULL,
    choices text[] NOT NULL DEFAULT '{}',
    data_class text NOT NULL,
    archived boolean NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT attribute_definition_pkey PRIMARY KEY (id),
    CONSTRAINT attribute_definition_type_check CHECK (
        type IN ('STRING', 'NUMBER', 'BOOLEAN', 'DATE', 'TIMESTAMP', 'CHOICE', 'MULTI_CHOICE', 'URL')
    ),
    CONSTRAINT attribute_definition_data_class_check CHECK (data_class IN ('NOT_PERSONAL', 'PERSONAL')),
    CONSTRAINT attribute_definition_id_check CHECK (id ~ '^[a-z][a-z0-9_]{0,59}$'),
    CONSTRAINT attribute_definition_choices_check CHECK (
        (type IN ('CHOICE', 'MULTI_CHOICE')) = (cardinality(choices) > 0)
    )
)
"""


def upgrade() -> None:
    """Make it."""
    op.execute(TABLE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE attribute_definition")
