-- Who may publish what: how devices and gateways prove their names to the broker, and by whose
-- topic a reading came that waits for adoption.

CREATE TABLE device_credentials (
    device text PRIMARY KEY,             -- a device, or the gateway of some: its name at the broker
    hash text,                           -- of its password, as mosquitto writes it; null: a
                                         -- certificate whose common name is the device's
    made_at timestamptz NOT NULL,        -- the last time, by the wall clock
    made_by text NOT NULL
);

-- The device that the topic names, '' where it names none. Another's topic may not take the
-- place of the device's own reading of the same time, nor be adopted with it.
ALTER TABLE quarantine ADD COLUMN sender text NOT NULL DEFAULT '';
ALTER TABLE quarantine DROP CONSTRAINT quarantine_pkey;
ALTER TABLE quarantine ADD PRIMARY KEY (device, name, time, sender);
