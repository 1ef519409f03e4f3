namespace Hangfire.Storage.SQLite;

/// <summary>The door of this project.</summary>
public static class SQLiteStorageExtensions
{
    /// <summary>Keeps jobs in <c>Hangfire.db</c> in the current folder.</summary>
    public static IGlobalConfiguration<SQLiteStorage> UseSQLiteStorage(this IGlobalConfiguration configuration) => configuration.UseSQLiteStorage("Hangfire.db");

    /// <summary>Keeps jobs in a database file, which is made when the storage is used first. Beside it lies a file of locks.</summary>
    /// <param name="configuration">Hangfire's.</param>
    /// <param name="databasePath">A path, not a connection string.</param>
    /// <param name="options">How; null for the usual way.</param>
    public static IGlobalConfiguration<SQLiteStorage> UseSQLiteStorage(this IGlobalConfiguration configuration, string databasePath, SQLiteStorageOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration.UseStorage(new SQLiteStorage(databasePath, options ?? new SQLiteStorageOptions()));
    }
}
