using System.Globalization;
using Microsoft.Data.Sqlite;
using VzDump.Engine;
using VzDump.Engine.Host;

namespace VzDump.Jobs.Store;

/// <summary>A copy of the database file as it was before a newer version of the product changed its tables.</summary>
internal static class DatabaseCopy
{
    private const int Kept = 10;

    /// <summary>Makes the copy, whole before it has its name.</summary>
    /// <param name="pending">The change that is about to be made.</param>
    /// <exception cref="ProblemException">There is no room for it, say: then nothing must be changed.</exception>
    // e.g. before-update/20261123T025000Z-before-20261123024800_SavedJobs.db
    public static async Task MakeAsync(JobsOptions options, string pending, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var database = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = options.DatabaseFile, Pooling = false }.ToString());
        await database.OpenAsync(cancellation);
        await using var command = database.CreateCommand();
        var name = string.Create(CultureInfo.InvariantCulture, $"{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-before-{pending}.db");
        var path = Path.Combine(options.DatabaseCopies, name);
        var half = path + ".new";
        try
        {
            // It holds password hashes, as the file does.
            Directory.CreateDirectory(options.DatabaseCopies, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Delete(half);
            command.CommandText = "VACUUM INTO $half";
            command.Parameters.AddWithValue("$half", half);
            await command.ExecuteNonQueryAsync(cancellation);
            await using (var file = new FileStream(half, FileMode.Open, FileAccess.ReadWrite))
            {
                file.Flush(flushToDisk: true);
            }

            File.Move(half, path, overwrite: true);
            AtomicFile.FlushFolder(options.DatabaseCopies);
        }
        catch (Exception error) when (error is SqliteException or IOException or UnauthorizedAccessException)
        {
            if (Directory.Exists(options.DatabaseCopies))
            {
                File.Delete(half);
            }

            throw new ProblemException($"The database has to be brought up to date, but cannot be copied to '{path}' before: {error.Message} Make room, then start again.", error);
        }

        RemoveOld(options.DatabaseCopies);
    }

    private static void RemoveOld(string folder)
    {
        try
        {
            foreach (var old in Directory.GetFiles(folder, "*.db").OrderDescending(StringComparer.Ordinal).Skip(Kept))
            {
                File.Delete(old);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // One copy too many does no harm.
        }
    }
}
