using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace VzDump.HangfireSqlite.Storing;

/// <summary>An open database file with its prepared statements. One thread at a time uses it.</summary>
internal sealed class Handle : IDisposable
{
    // Statements are constants, so their number is that of the places in the code.
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);
    private readonly SqliteConnection _connection;

    private Handle(SqliteConnection connection) => _connection = connection;

    /// <summary>False when an error has ended the transaction, or none was begun.</summary>
    public bool IsInTransaction => sqlite3_get_autocommit(_connection.Handle) == 0;

    /// <summary>A handle that makes the file when it is not there.</summary>
    public static Handle Open(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        try
        {
            connection.Open();
            var handle = new Handle(connection);

            // The provider's own way to wait for another process sleeps for 150 ms at a time; SQLite's begins with one.
            handle.Run("PRAGMA busy_timeout = 10000");
            return handle;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A handle that cannot write.</summary>
    public static Handle OpenToRead(string file)
    {
        var handle = Open(file);
        handle.Run("PRAGMA query_only = ON");
        return handle;
    }

    /// <summary>Rows of a query. The caller disposes it before the next use of the same SQL.</summary>
    public Statement Query(string sql, params ReadOnlySpan<Value> values)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            _statements.Add(sql, statement = Statement.Prepare(_connection.Handle!, sql));
        }

        return statement.Bind(values);
    }

    /// <summary>The first row's number; null when there is no row, or NULL in it.</summary>
    public long? Number(string sql, params ReadOnlySpan<Value> values)
    {
        using var rows = Query(sql, values);
        return rows.Next() && !rows.IsNull(0) ? rows.Number(0) : null;
    }

    /// <summary>The first row's text; null when there is no row, or NULL in it.</summary>
    public string? Text(string sql, params ReadOnlySpan<Value> values)
    {
        using var rows = Query(sql, values);
        return rows.Next() ? rows.MaybeText(0) : null;
    }

    /// <summary>Each row's text.</summary>
    public List<string> Texts(string sql, params ReadOnlySpan<Value> values)
    {
        using var rows = Query(sql, values);
        var all = new List<string>();
        while (rows.Next())
        {
            all.Add(rows.Text(0));
        }

        return all;
    }

    /// <summary>Carries a statement out; answers how many rows it changed.</summary>
    public int Run(string sql, params ReadOnlySpan<Value> values)
    {
        using var statement = Query(sql, values);
        while (statement.Next())
        {
        }

        return sqlite3_changes(_connection.Handle);
    }

    /// <summary>Carries out several statements that nobody will need again.</summary>
    public void RunScript(string sql) => SqliteException.ThrowExceptionForRC(sqlite3_exec(_connection.Handle, sql), _connection.Handle);

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Close();
        }

        _connection.Dispose();
    }
}
