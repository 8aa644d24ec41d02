BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'outbox.db','_outbox_1','2026-11-21 08:08:16.068265+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'outbox.db','_outbox_2','2026-11-21 08:08:16.069241+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'outbox.db','_outbox_3','2026-11-21 08:08:16.069657+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'outbox.db','_outbox_4','2026-11-21 08:08:16.070009+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'outbox.db','_outbox_5','2026-11-21 08:08:16.070253+00:00');
CREATE TABLE attempt (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL, submission_id TEXT NOT NULL, body TEXT NOT NULL,
            clock INTEGER NOT NULL, started_at INTEGER NOT NULL,
            outcome TEXT, ended_at INTEGER, detail TEXT
        , saw TEXT, audit TEXT, events TEXT, steady REAL);
INSERT INTO "attempt" VALUES(1,'acme','id-sending','{"assignee_id": "user-7", "flagged": true, "notes": "Zeile eins\n二行目 📋 ‏\"''\\ tab\there sending", "priority": "high", "status": "in_progress"}',50331648,1779444840,NULL,NULL,NULL,NULL,NULL,NULL,1779444840.0);
INSERT INTO "attempt" VALUES(2,'acme','id-verifying','{"assignee_id": "user-7", "flagged": true, "notes": "Zeile eins\n二行目 📋 ‏\"''\\ tab\there verifying", "priority": "high", "status": "in_progress"}',83886080,1779444840,'unknown',1779444840,'no answer',NULL,NULL,NULL,1779444840.0);
CREATE TABLE binding (
            source TEXT PRIMARY KEY, account_id TEXT NOT NULL, account_name TEXT
        ) WITHOUT ROWID;
INSERT INTO "binding" VALUES('acme','org-1','Acme');
CREATE TABLE gesture (
            id INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT NOT NULL, at INTEGER NOT NULL,
            undone INTEGER NOT NULL DEFAULT 0
        );
INSERT INTO "gesture" VALUES(1,'edited queued',1779444840,0);
INSERT INTO "gesture" VALUES(2,'edited sending',1779444840,0);
INSERT INTO "gesture" VALUES(3,'edited verifying',1779444840,0);
INSERT INTO "gesture" VALUES(4,'edited conflict',1779444840,0);
INSERT INTO "gesture" VALUES(5,'edited rejected',1779444840,0);
INSERT INTO "gesture" VALUES(6,'edited orphaned',1779444840,0);
INSERT INTO "gesture" VALUES(7,'undone',1779444840,2);
INSERT INTO "gesture" VALUES(8,'dropped',1779444840,0);
CREATE TABLE history (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, gesture INTEGER, kind TEXT NOT NULL,
            source TEXT NOT NULL, submission_id TEXT NOT NULL, field TEXT NOT NULL,
            before TEXT NOT NULL, after TEXT NOT NULL, at INTEGER NOT NULL, clock INTEGER NOT NULL
        );
INSERT INTO "history" VALUES(1,1,'edit','acme','id-queued','status','"new"','"in_progress"',1779444840,16777216);
INSERT INTO "history" VALUES(2,1,'edit','acme','id-queued','priority','"none"','"high"',1779444840,16777216);
INSERT INTO "history" VALUES(3,1,'edit','acme','id-queued','flagged','false','true',1779444840,16777216);
INSERT INTO "history" VALUES(4,1,'edit','acme','id-queued','assignee_id','null','"user-7"',1779444840,16777216);
INSERT INTO "history" VALUES(5,1,'edit','acme','id-queued','notes','"theirs"','"Zeile eins\n二行目 📋 ‏\"''\\ tab\there queued"',1779444840,16777216);
INSERT INTO "history" VALUES(6,2,'edit','acme','id-sending','status','"new"','"in_progress"',1779444840,33554432);
INSERT INTO "history" VALUES(7,2,'edit','acme','id-sending','priority','"none"','"high"',1779444840,33554432);
INSERT INTO "history" VALUES(8,2,'edit','acme','id-sending','flagged','false','true',1779444840,33554432);
INSERT INTO "history" VALUES(9,2,'edit','acme','id-sending','assignee_id','null','"user-7"',1779444840,33554432);
INSERT INTO "history" VALUES(10,2,'edit','acme','id-sending','notes','"theirs"','"Zeile eins\n二行目 📋 ‏\"''\\ tab\there sending"',1779444840,33554432);
INSERT INTO "history" VALUES(11,3,'edit','acme','id-verifying','status','"new"','"in_progress"',1779444840,67108864);
INSERT INTO "history" VALUES(12,3,'edit','acme','id-verifying','priority','"none"','"high"',1779444840,67108864);
INSERT INTO "history" VALUES(13,3,'edit','acme','id-verifying','flagged','false','true',1779444840,67108864);
INSERT INTO "history" VALUES(14,3,'edit','acme','id-verifying','assignee_id','null','"user-7"',1779444840,67108864);
INSERT INTO "history" VALUES(15,3,'edit','acme','id-verifying','notes','"theirs"','"Zeile eins\n二行目 📋 ‏\"''\\ tab\there verifying"',1779444840,67108864);
INSERT INTO "history" VALUES(16,4,'edit','acme','id-conflict','status','"new"','"in_progress"',1779444840,117440512);
INSERT INTO "history" VALUES(17,4,'edit','acme','id-conflict','priority','"none"','"high"',1779444840,117440512);
INSERT INTO "history" VALUES(18,4,'edit','acme','id-conflict','flagged','false','true',1779444840,117440512);
INSERT INTO "history" VALUES(19,4,'edit','acme','id-conflict','assignee_id','null','"user-7"',1779444840,117440512);
INSERT INTO "history" VALUES(20,4,'edit','acme','id-conflict','notes','"theirs"','"Zeile eins\n二行目 📋 ‏\"''\\ tab\there conflict"',1779444840,117440512);
INSERT INTO "history" VALUES(21,5,'edit','acme','id-rejected','status','"new"','"in_progress"',1779444840,134217728);
INSERT INTO "history" VALUES(22,5,'edit','acme','id-rejected','priority','"none"','"high"',1779444840,134217728);
INSERT INTO "history" VALUES(23,5,'edit','acme','id-rejected','flagged','false','true',1779444840,134217728);
INSERT INTO "history" VALUES(24,5,'edit','acme','id-rejected','assignee_id','null','"user-7"',1779444840,134217728);
INSERT INTO "history" VALUES(25,5,'edit','acme','id-rejected','notes','"theirs"','"Zeile eins\n二行目 📋 ‏\"''\\ tab\there rejected"',1779444840,134217728);
INSERT INTO "history" VALUES(26,6,'edit','acme','id-orphaned','status','"new"','"in_progress"',1779444840,150994944);
INSERT INTO "history" VALUES(27,6,'edit','acme','id-orphaned','priority','"none"','"high"',1779444840,150994944);
INSERT INTO "history" VALUES(28,6,'edit','acme','id-orphaned','flagged','false','true',1779444840,150994944);
INSERT INTO "history" VALUES(29,6,'edit','acme','id-orphaned','assignee_id','null','"user-7"',1779444840,150994944);
INSERT INTO "history" VALUES(30,6,'edit','acme','id-orphaned','notes','"theirs"','"Zeile eins\n二行目 📋 ‏\"''\\ tab\there orphaned"',1779444840,150994944);
INSERT INTO "history" VALUES(31,7,'edit','acme','id-undone','status','"new"','"spam"',1779444840,167772160);
INSERT INTO "history" VALUES(32,7,'undo','acme','id-undone','status','"spam"','"new"',1779444840,184549376);
INSERT INTO "history" VALUES(33,8,'edit','acme','id-dropped','notes','"theirs"','"dropped"',1779444840,201326592);
INSERT INTO "history" VALUES(34,NULL,'discard','acme','id-dropped','notes','"dropped"','"theirs"',1779444840,218103808);
CREATE TABLE ledger (
            source TEXT NOT NULL, submission_id TEXT NOT NULL, field TEXT NOT NULL,
            value TEXT NOT NULL, clock INTEGER NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (source, submission_id, field)
        ) WITHOUT ROWID;
CREATE TABLE me (source TEXT PRIMARY KEY, user_id TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "me" VALUES('acme','user-1');
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO "meta" VALUES('clock',15);
CREATE TABLE opened (
            source TEXT NOT NULL, submission_id TEXT NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (source, submission_id)
        ) WITHOUT ROWID;
CREATE TABLE overwrite (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL, submission_id TEXT NOT NULL, field TEXT NOT NULL,
            attempt INTEGER NOT NULL, theirs TEXT NOT NULL, known INTEGER NOT NULL, mine TEXT NOT NULL,
            actor_id TEXT, actor_name TEXT, at INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0,
            UNIQUE (attempt, field)
        );
CREATE TABLE register (
            source TEXT NOT NULL, submission_id TEXT NOT NULL, field TEXT NOT NULL,
            base TEXT NOT NULL, want TEXT NOT NULL, state TEXT NOT NULL,
            clock INTEGER NOT NULL, edited_at INTEGER NOT NULL,
            alone INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL DEFAULT 0, next_try INTEGER, error TEXT, theirs TEXT,
            checksum BLOB NOT NULL, implicit INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (source, submission_id, field)
        ) WITHOUT ROWID;
INSERT INTO "register" VALUES('acme','id-conflict','assignee_id','null','"user-7"','conflict',117440512,1779444840,0,2,NULL,'why conflict','null',X'D205FAD8550C9F5E4E68295F',0);
INSERT INTO "register" VALUES('acme','id-conflict','flagged','false','true','conflict',117440512,1779444840,0,2,NULL,'why conflict','null',X'A8FE02D85FCB04B90DC667A2',0);
INSERT INTO "register" VALUES('acme','id-conflict','notes','"theirs"','"Zeile eins\n二行目 📋 ‏\"''\\ tab\there conflict"','conflict',117440512,1779444840,0,2,NULL,'why conflict','null',X'F68C43E0F67B79780E8357C0',0);
INSERT INTO "register" VALUES('acme','id-conflict','priority','"none"','"high"','conflict',117440512,1779444840,0,2,NULL,'why conflict','null',X'9DAB0B4FF33BD43913D9C38A',0);
INSERT INTO "register" VALUES('acme','id-conflict','status','"new"','"in_progress"','conflict',117440512,1779444840,0,2,NULL,'why conflict','"read"',X'899E353BA48890391888D5D7',0);
INSERT INTO "register" VALUES('acme','id-orphaned','assignee_id','null','"user-7"','orphaned',150994944,1779444840,0,2,NULL,'why orphaned',NULL,X'ACA22796F3611AB328533D01',0);
INSERT INTO "register" VALUES('acme','id-orphaned','flagged','false','true','orphaned',150994944,1779444840,0,2,NULL,'why orphaned',NULL,X'8F0CB414E6A119A2A7FC3D92',0);
INSERT INTO "register" VALUES('acme','id-orphaned','notes','"theirs"','"Zeile eins\n二行目 📋 ‏\"''\\ tab\there orphaned"','orphaned',150994944,1779444840,0,2,NULL,'why orphaned',NULL,X'5A0C273B5AF87478307FD750',0);
INSERT INTO "register" VALUES('acme','id-orphaned','priority','"none"','"high"','orphaned',150994944,1779444840,0,2,NULL,'why orphaned',NULL,X'FD4067B2E9ABC09E147BCADB',0);
INSERT INTO "register" VALUES('acme','id-orphaned','status','"new"','"in_progress"','orphaned',150994944,1779444840,0,2,NULL,'why orphaned',NULL,X'B53B3377D5AF69B3E0E322ED',0);
INSERT INTO "register" VALUES('acme','id-queued','assignee_id','null','"user-7"','queued',16777216,1779444840,0,2,NULL,'why queued',NULL,X'3D3CF9F560324A4E5B2B5322',0);
INSERT INTO "register" VALUES('acme','id-queued','flagged','false','true','queued',16777216,1779444840,0,2,NULL,'why queued',NULL,X'54B1AE21BA2D25704CEA7452',0);
INSERT INTO "register" VALUES('acme','id-queued','notes','"theirs"','"Zeile eins\n二行目 📋 ‏\"''\\ tab\there queued"','queued',16777216,1779444840,0,2,NULL,'why queued',NULL,X'EBFFF0CBC1D6C076E369D242',0);
INSERT INTO "register" VALUES('acme','id-queued','priority','"none"','"high"','queued',16777216,1779444840,0,2,NULL,'why queued',NULL,X'87EFE439AE9375D0FA7F33E6',0);
INSERT INTO "register" VALUES('acme','id-queued','status','"new"','"in_progress"','queued',16777216,1779444840,0,2,NULL,'why queued',NULL,X'7D76325FB3AA4627CFE4B2D8',0);
INSERT INTO "register" VALUES('acme','id-rejected','assignee_id','null','"user-7"','rejected',134217728,1779444840,0,2,NULL,'why rejected',NULL,X'ABCE27BEDFCEE3F1E78E7FD2',0);
INSERT INTO "register" VALUES('acme','id-rejected','flagged','false','true','rejected',134217728,1779444840,0,2,NULL,'why rejected',NULL,X'2A6C74E39B6824F5660A3381',0);
INSERT INTO "register" VALUES('acme','id-rejected','notes','"theirs"','"Zeile eins\n二行目 📋 ‏\"''\\ tab\there rejected"','rejected',134217728,1779444840,0,2,NULL,'why rejected',NULL,X'F844082E7B35941A4CD9683A',0);
INSERT INTO "register" VALUES('acme','id-rejected','priority','"none"','"high"','rejected',134217728,1779444840,0,2,NULL,'why rejected',NULL,X'99A5D9F5B29A4015A3C81822',0);
INSERT INTO "register" VALUES('acme','id-rejected','status','"new"','"in_progress"','rejected',134217728,1779444840,0,2,NULL,'why rejected',NULL,X'287F192703C9D32DF0BF8A92',0);
INSERT INTO "register" VALUES('acme','id-sending','assignee_id','null','"user-7"','sending',33554432,1779444840,0,1,NULL,NULL,NULL,X'76BFFC076236179F1C38D4BA',0);
INSERT INTO "register" VALUES('acme','id-sending','flagged','false','true','sending',33554432,1779444840,0,1,NULL,NULL,NULL,X'C4619241F653D017C6D9CFD7',0);
INSERT INTO "register" VALUES('acme','id-sending','notes','"theirs"','"Zeile eins\n二行目 📋 ‏\"''\\ tab\there sending"','sending',33554432,1779444840,0,1,NULL,NULL,NULL,X'332BE959677DF6A0D444F271',0);
INSERT INTO "register" VALUES('acme','id-sending','priority','"none"','"high"','sending',33554432,1779444840,0,1,NULL,NULL,NULL,X'1918F54365FD03106306E0A2',0);
INSERT INTO "register" VALUES('acme','id-sending','status','"new"','"in_progress"','sending',33554432,1779444840,0,1,NULL,NULL,NULL,X'F9A6538BA97BBF83BFC40C2C',0);
INSERT INTO "register" VALUES('acme','id-verifying','assignee_id','null','"user-7"','verifying',67108864,1779444840,0,1,1779444900,'no answer',NULL,X'1FC562924DEC001088852684',0);
INSERT INTO "register" VALUES('acme','id-verifying','flagged','false','true','verifying',67108864,1779444840,0,1,1779444900,'no answer',NULL,X'8313E9339A34D52B6E1E7E46',0);
INSERT INTO "register" VALUES('acme','id-verifying','notes','"theirs"','"Zeile eins\n二行目 📋 ‏\"''\\ tab\there verifying"','verifying',67108864,1779444840,0,1,1779444900,'no answer',NULL,X'FCC7BA0C8AEF5C2FC7489C12',0);
INSERT INTO "register" VALUES('acme','id-verifying','priority','"none"','"high"','verifying',67108864,1779444840,0,1,1779444900,'no answer',NULL,X'F217A02F434EC21AA2B710C4',0);
INSERT INTO "register" VALUES('acme','id-verifying','status','"new"','"in_progress"','verifying',67108864,1779444840,0,1,1779444900,'no answer',NULL,X'3EF9F779E8AC2574F0A92128',0);
CREATE TABLE request (
            id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, payload TEXT NOT NULL,
            created_at INTEGER NOT NULL, taken_by TEXT, taken_at INTEGER, done_at INTEGER, result TEXT
        );
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX history_gesture ON history (gesture);
CREATE INDEX history_submission ON history (source, submission_id, field);
CREATE INDEX attempt_open ON attempt (source, submission_id)
            WHERE outcome IS NULL OR outcome = 'unknown';
CREATE INDEX attempt_audit ON attempt (source, submission_id) WHERE audit IS NOT NULL;
CREATE INDEX overwrite_open ON overwrite (source, submission_id) WHERE closed = 0;
CREATE INDEX attempt_submission ON attempt (source, submission_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('gesture',8);
INSERT INTO "sqlite_sequence" VALUES('history',34);
INSERT INTO "sqlite_sequence" VALUES('attempt',2);
COMMIT;
PRAGMA application_id=1229865551;
PRAGMA user_version=5;
