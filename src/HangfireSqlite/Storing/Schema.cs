using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace VzDump.HangfireSqlite.Storing;

/// <summary>The tables, and how older ones become these.</summary>
internal static class Schema
{
    // "VzHf", so that nobody's other database is taken for ours.
    private const long Application = 0x567A4866;

    // One script a version. Times are ticks of UTC. An id is not given twice where something outside may still know the old owner.
    private static readonly string[] Versions =
    [
        """
        CREATE TABLE sequence (name TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO sequence VALUES ('job', 0), ('instance', 0);

        CREATE TABLE job (
          id INTEGER PRIMARY KEY,
          type TEXT NOT NULL, method TEXT NOT NULL, parameter_types TEXT, arguments TEXT, queue TEXT,
          parameters TEXT NOT NULL,
          state TEXT, state_id INTEGER,
          created_at INTEGER NOT NULL, expire_at INTEGER) STRICT;
        CREATE INDEX job_by_state ON job (state, state_id) WHERE state IS NOT NULL;
        CREATE INDEX job_by_end ON job (expire_at) WHERE expire_at IS NOT NULL;

        CREATE TABLE state (
          id INTEGER PRIMARY KEY,
          job INTEGER NOT NULL, name TEXT NOT NULL, reason TEXT, data TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT;
        CREATE INDEX state_by_job ON state (job);

        CREATE TABLE queued (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          queue TEXT NOT NULL, job INTEGER NOT NULL,
          fetched_at INTEGER, owner INTEGER, fetches INTEGER NOT NULL DEFAULT 0) STRICT;
        CREATE INDEX queued_waiting ON queued (queue, id) WHERE fetched_at IS NULL;
        CREATE INDEX queued_fetched ON queued (queue, id) WHERE fetched_at IS NOT NULL;

        CREATE TABLE counter (key TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL, expire_at INTEGER) STRICT, WITHOUT ROWID;
        CREATE INDEX counter_by_end ON counter (expire_at) WHERE expire_at IS NOT NULL;

        CREATE TABLE set_item (key TEXT NOT NULL, value TEXT NOT NULL, score REAL NOT NULL, PRIMARY KEY (key, value)) STRICT, WITHOUT ROWID;
        CREATE INDEX set_item_by_score ON set_item (key, score, value);
        CREATE TABLE list_item (id INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT NOT NULL) STRICT;
        CREATE INDEX list_item_by_key ON list_item (key, id);
        CREATE TABLE hash_field (key TEXT NOT NULL, field TEXT NOT NULL, value TEXT, PRIMARY KEY (key, field)) STRICT, WITHOUT ROWID;

        -- When whole sets, lists and hashes end; those that do not are not here.
        CREATE TABLE ending (kind TEXT NOT NULL, key TEXT NOT NULL, expire_at INTEGER NOT NULL, PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID;

        CREATE TABLE server (id TEXT NOT NULL PRIMARY KEY, workers INTEGER NOT NULL, queues TEXT NOT NULL, started_at INTEGER NOT NULL, seen_at INTEGER NOT NULL)
          STRICT, WITHOUT ROWID;
        """,
    ];

    /// <summary>Makes a handle ready to write, and the file ready to be used. One process at a time.</summary>
    /// <exception cref="InvalidOperationException">The file cannot be used; the message says why and what to do.</exception>
    public static void Prepare(Handle handle, string file)
    {
        try
        {
            PrepareSound(handle, file);
        }
        catch (SqliteException error) when (error.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB)
        {
            throw Damaged(file, error.Message);
        }
    }

    private static void PrepareSound(Handle handle, string file)
    {
        RefuseForeign(handle, file);

        // The first two are kept in the file: they take effect while it is empty. FULL: what was committed survives a power failure.
        handle.Run("PRAGMA auto_vacuum = INCREMENTAL");
        handle.Run("PRAGMA journal_mode = WAL");
        handle.Run("PRAGMA synchronous = FULL");
        handle.Run("PRAGMA journal_size_limit = 16777216");
        if (handle.Text("PRAGMA quick_check(1)") is var found && found != "ok")
        {
            throw Damaged(file, found ?? "no answer");
        }

        handle.Run("BEGIN IMMEDIATE");
        for (var version = handle.Number("PRAGMA user_version")!.Value; version < Versions.Length; version++)
        {
            handle.RunScript(Versions[version]);
            handle.RunScript($"PRAGMA user_version = {version + 1}; PRAGMA application_id = {Application}");
        }

        handle.Run("COMMIT");
    }

    private static InvalidOperationException Damaged(string file, string found) =>
        new($"The job storage {file} is damaged ({found}). Move it away and start again: a new one is made.");

    private static void RefuseForeign(Handle handle, string file)
    {
        var (application, version) = (handle.Number("PRAGMA application_id"), handle.Number("PRAGMA user_version"));
        if (application != Application && (version != 0 || handle.Number("SELECT 1 FROM sqlite_schema") is not null))
        {
            throw new InvalidOperationException($"{file} is a database of something else. Give the job storage a file of its own.");
        }

        if (version > Versions.Length)
        {
            throw new InvalidOperationException(
                $"The job storage {file} was written by a newer version of this program (its form is {version}, the newest known here {Versions.Length}). Use that version, or move the file away.");
        }
    }
}
