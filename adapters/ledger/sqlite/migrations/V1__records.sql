-- Records under (tenant, kind, name). Times are nanoseconds since 1970. `value` is the record as JSON.
CREATE TABLE records (
    tenant  BLOB    NOT NULL,
    kind    INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    version INTEGER NOT NULL,
    expires INTEGER,
    value   BLOB    NOT NULL,
    PRIMARY KEY (tenant, kind, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX records_by_expiry ON records (expires) WHERE expires IS NOT NULL;

-- Audit segments: the events `first` to `last` of a lane as JSON. Within a lane there are no gaps.
CREATE TABLE segments (
    tenant  BLOB    NOT NULL,
    lane    TEXT    NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    value   BLOB    NOT NULL,
    PRIMARY KEY (tenant, lane, first)
) STRICT, WITHOUT ROWID;

-- Versions below `reserved` may have been given to a record; those from it on never were.
CREATE TABLE versions (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    reserved INTEGER NOT NULL
) STRICT;

INSERT INTO versions (id, reserved) VALUES (1, 1);
