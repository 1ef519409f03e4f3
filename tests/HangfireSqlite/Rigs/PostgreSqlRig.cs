using Hangfire;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;

namespace VzDump.Tests.HangfireSqlite.Rigs;

/// <summary>Hangfire.PostgreSql in a schema of the throw-away cluster.</summary>
internal sealed class PostgreSqlRig : Rig
{
    private readonly PostgreSqlSchema _schema = PostgreSqlCluster.Shared.Rent();

    public PostgreSqlRig()
    {
        var options = new PostgreSqlStorageOptions
        {
            SchemaName = _schema.Name,
            PrepareSchemaIfNecessary = true,
            UseSlidingInvisibilityTimeout = true,
            QueuePollInterval = TimeSpan.FromMilliseconds(50),
            EnableLongPolling = true,
        };
        Storage = new PostgreSqlStorage(new NpgsqlConnectionFactory(_schema.ConnectionString, options), options);
    }

    public override JobStorage Storage { get; }

    protected override IReadOnlyDictionary<Deviation, string> Deviations => new Dictionary<Deviation, string>
    {
    };

    public override void Dispose() => _schema.GiveBack();
}
