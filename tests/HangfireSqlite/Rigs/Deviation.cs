namespace VzDump.Tests.HangfireSqlite.Rigs;

/// <summary>What one of the other storages is known to do in its own way. Each has its reason where the storage's rig names it.</summary>
internal enum Deviation
{
    CreatedAtIsGiven,
    TransactionSetsParameters,
    TransactionCreatesJobs,
    UnknownIdsAreHarmless,
    EqualScoresByValue,
    RangesMayRepeat,
    NegativeTrim,
    ListOrderInATransaction,
    CommitOnce,
    TransactionLocks,
    TransactionalAcknowledge,
    QueueOrder,
    CancelledFetchFetchesNothing,
    DroppedJobsGoBack,
    LocksAreReentrant,
    ConnectionsFreeTheirLocks,
    AwaitingJobs,
    FetchedJobsAreShown,
    EntriesWithoutAJobAreShown,
    ExactlySevenDays,
    DeletedStateGraphs,
    ArgumentsOfAConnection,
    ArgumentsOfATransaction,
    NewArguments,
    RangesAreChecked,
    ArgumentsOfAMonitor,
}
