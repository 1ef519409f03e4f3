namespace VzDump.Tests.Jobs;

// What runs do must not depend on where they are remembered: the same tests over a file and over a PostgreSQL server.

public sealed class RunsWorkInAFile : RunsWork;

public sealed class RunsStopInAFile : RunsStop;

public sealed class RunsSurviveInAFile : RunsSurvive;

public sealed class RunsWorkInPostgres(PostgresCluster cluster) : RunsWork, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => PostgreSql = await cluster.NewDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}

public sealed class RunsStopInPostgres(PostgresCluster cluster) : RunsStop, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => PostgreSql = await cluster.NewDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}

public sealed class RunsSurviveInPostgres(PostgresCluster cluster) : RunsSurvive, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => PostgreSql = await cluster.NewDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}

public sealed class SavedJobsInAFile : SavedJobsTests;

public sealed class SavedJobsInPostgres(PostgresCluster cluster) : SavedJobsTests, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => PostgreSql = await cluster.NewDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}

public sealed class ImportsInAFile : ImportsTests;

public sealed class ImportsInPostgres(PostgresCluster cluster) : ImportsTests, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => PostgreSql = await cluster.NewDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}

public sealed class ScheduledChecksInAFile : ScheduledChecksTests;

public sealed class ScheduledChecksInPostgres(PostgresCluster cluster) : ScheduledChecksTests, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => PostgreSql = await cluster.NewDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}

public sealed class ScheduledTrialsInAFile : ScheduledTrialsTests;

public sealed class ScheduledTrialsInPostgres(PostgresCluster cluster) : ScheduledTrialsTests, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => PostgreSql = await cluster.NewDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}

public sealed class StorageUseInAFile : StorageUseTests;

public sealed class StorageUseInPostgres(PostgresCluster cluster) : StorageUseTests, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => PostgreSql = await cluster.NewDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
