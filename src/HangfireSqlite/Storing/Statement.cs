using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace VzDump.HangfireSqlite.Storing;

/// <summary>A prepared statement and the row it stands on. Disposing makes it ready for its next use; it stays prepared.</summary>
internal sealed class Statement(sqlite3 database, sqlite3_stmt prepared) : IDisposable
{
    public static Statement Prepare(sqlite3 database, string sql)
    {
        SqliteException.ThrowExceptionForRC(sqlite3_prepare_v3(database, sql, SQLITE_PREPARE_PERSISTENT, out var prepared), database);
        return new Statement(database, prepared);
    }

    public Statement Bind(ReadOnlySpan<Value> values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            var value = values[index];
            Check(value.Is switch
            {
                Value.Kind.Number => sqlite3_bind_int64(prepared, index + 1, value.Number),
                Value.Kind.Real => sqlite3_bind_double(prepared, index + 1, value.Real),
                Value.Kind.Text => sqlite3_bind_text(prepared, index + 1, value.Text),
                _ => sqlite3_bind_null(prepared, index + 1),
            });
        }

        return this;
    }

    /// <summary>Goes to the next row; false after the last one.</summary>
    public bool Next()
    {
        var answer = sqlite3_step(prepared);
        if (answer is not (SQLITE_ROW or SQLITE_DONE))
        {
            Check(answer);
        }

        return answer == SQLITE_ROW;
    }

    public bool IsNull(int column) => sqlite3_column_type(prepared, column) == SQLITE_NULL;

    public long Number(int column) => sqlite3_column_int64(prepared, column);

    public DateTime Time(int column) => new(Number(column), DateTimeKind.Utc);

    public DateTime? MaybeTime(int column) => IsNull(column) ? null : Time(column);

    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    public string? MaybeText(int column) => IsNull(column) ? null : Text(column);

    /// <summary>The UTF-8 of a text, valid until the next step. Unlike SQLite's own way to text it does not end at a NUL.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => sqlite3_column_blob(prepared, column);

    public void Dispose()
    {
        // What went wrong was told by the step; and a row that stays stood upon would keep a read transaction open.
        sqlite3_reset(prepared);
        sqlite3_clear_bindings(prepared);
    }

    public void Close() => prepared.Dispose();

    private void Check(int answer) => SqliteException.ThrowExceptionForRC(answer, database);
}
