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
        // Its code is older than Hangfire 1.8, or stops at 1.7's contract:
        [Deviation.TransactionSetsParameters] = "it has no Transaction.SetJobParameter",
        [Deviation.TransactionCreatesJobs] = "it has no Transaction.CreateJob",
        [Deviation.TransactionLocks] = "it has no Transaction.AcquireDistributedLock",
        [Deviation.TransactionalAcknowledge] = "it has no transactional acknowledge",
        [Deviation.SetsAreAsked] = "it has no GetSetContains and no limited GetSetCount",
        [Deviation.AwaitingJobs] = "its monitor is 1.7's",
        [Deviation.DeletedStateGraphs] = "its monitor is 1.7's",
        [Deviation.ParametersSnapshot] = "it leaves InvocationData and ParametersSnapshot of GetJobData empty",
        [Deviation.FeaturesAreNamed] = "it does not name Storage.ExtendedApi",
        [Deviation.LoadErrorsAreShown] = "its monitor leaves LoadException empty",

        // Otherwise its own way:
        [Deviation.SetRangesByScore] = "GetRangeFromSet goes by insertion",
        [Deviation.TrimCountsFromTheNewest] = "TrimList counts from the oldest",
        [Deviation.ListsInOrder] = "its monitor shows all jobs newest first",
        [Deviation.EntriesWithoutAJobAreShown] = "its monitor does not show entries without a job",
        [Deviation.UnknownIdsAreHarmless] = "what is no number is a FormatException",
        [Deviation.RangesMayRepeat] = "AddRangeToSet of what is there is a unique violation, 23505",
        [Deviation.NegativeTrim] = "a negative OFFSET is an error of PostgreSQL's",
        [Deviation.StateIsAskedAtOnce] = "SerializeData is called by the commit",
        [Deviation.CommitOnce] = "a second commit carries everything out again",
        [Deviation.QueueOrder] = "it takes the oldest job of all the queues",
        [Deviation.LockTimeoutsNameTheResource] = "it throws a TimeoutException of its own",
        [Deviation.ConnectionsFreeTheirLocks] = "a lock outlives its connection",
        [Deviation.RangesAreChecked] = "it takes ranges as they come",
        [Deviation.ArgumentsOfAConnection] = "it checks some",
        [Deviation.ArgumentsOfATransaction] = "it checks some",
        [Deviation.NewArguments] = "it has none of these calls",
        [Deviation.ArgumentsOfAMonitor] = "it checks some",
    };

    public override void Dispose() => _schema.GiveBack();
}
