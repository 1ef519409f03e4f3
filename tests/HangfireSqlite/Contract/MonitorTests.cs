using Hangfire.States;
using VzDump.Tests.HangfireSqlite.Rigs;

namespace VzDump.Tests.HangfireSqlite.Contract;

public sealed class MonitorTests
{
    [Theory, EveryStorage]
    public void An_empty_storage_shows_nothing(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var (monitor, statistics) = (rig.Monitor, rig.Monitor.GetStatistics());

        Assert.Empty(monitor.Queues());
        Assert.Empty(monitor.Servers());
        Assert.Equal(0, statistics.Enqueued + statistics.Failed + statistics.Processing + statistics.Scheduled + statistics.Succeeded + statistics.Deleted + statistics.Recurring + statistics.Queues);
        Assert.Empty(monitor.EnqueuedJobs("default", 0, 10));
        Assert.Empty(monitor.FetchedJobs("default", 0, 10));
        Assert.Empty(monitor.ProcessingJobs(0, 10));
        Assert.Empty(monitor.ScheduledJobs(0, 10));
        Assert.Empty(monitor.SucceededJobs(0, 10));
        Assert.Empty(monitor.FailedJobs(0, 10));
        Assert.Empty(monitor.DeletedJobs(0, 10));
        rig.Holds(Deviation.AwaitingJobs, () => Assert.Empty(rig.NewMonitor.AwaitingJobs(0, 10)));
    }

    [Theory, EveryStorage]
    public void Jobs_that_are_done_are_shown_newest_first_others_oldest_first_and_in_pages(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var monitor = rig.Monitor;
        string[] Three(Func<IState> state) => [.. Enumerable.Range(0, 3).Select(_ => rig.Create(state()))];
        var processing = Three(() => new SaidState("Processing", ("ServerId", "server"), ("StartedAt", "2026-08-22T03:00:00Z"), ("WorkerId", "1")));
        var scheduled = Three(() => new SaidState("Scheduled", ("EnqueueAt", "2026-08-22T03:00:00Z"), ("ScheduledAt", "2026-08-22T02:00:00Z")));
        var succeeded = Three(() => new SaidState("Succeeded", ("SucceededAt", "2026-08-22T03:00:00Z"), ("PerformanceDuration", "5"), ("Latency", "6"), ("Result", "\"r\"")));
        var failed = Three(() => new FailedState(new InvalidOperationException("broken")));
        var deleted = Three(() => new SaidState("Deleted", ("DeletedAt", "2026-08-22T03:00:00Z")));

        rig.Holds(Deviation.ListsInOrder, () =>
        {
            Assert.Equal(processing, monitor.ProcessingJobs(0, 10).Select(job => job.Key));
            Assert.Equal(scheduled, monitor.ScheduledJobs(0, 10).Select(job => job.Key));
            Assert.Equal(succeeded.Reverse(), monitor.SucceededJobs(0, 10).Select(job => job.Key));
            Assert.Equal(failed.Reverse(), monitor.FailedJobs(0, 10).Select(job => job.Key));
            Assert.Equal(deleted.Reverse(), monitor.DeletedJobs(0, 10).Select(job => job.Key));
            Assert.Equal([succeeded[1]], monitor.SucceededJobs(1, 1).Select(job => job.Key));
            Assert.Equal([processing[2]], monitor.ProcessingJobs(2, 5).Select(job => job.Key));
        });

        Assert.Equal("server", monitor.ProcessingJobs(0, 1)[0].Value.ServerId);
        Assert.Equal(new DateTime(2026, 8, 22, 3, 0, 0, DateTimeKind.Utc), monitor.ScheduledJobs(0, 1)[0].Value.EnqueueAt);
        Assert.Equal((11L, "\"r\""), (monitor.SucceededJobs(0, 1)[0].Value.TotalDuration, monitor.SucceededJobs(0, 1)[0].Value.Result));
        Assert.Equal((typeof(InvalidOperationException).FullName, "broken"), (monitor.FailedJobs(0, 1)[0].Value.ExceptionType, monitor.FailedJobs(0, 1)[0].Value.ExceptionMessage));
        Assert.All(monitor.DeletedJobs(0, 3), job => Assert.True(job.Value.InDeletedState));
        Assert.Equal((3, 3, 3, 3, 3), (monitor.ProcessingCount(), monitor.ScheduledCount(), monitor.SucceededListCount(), monitor.FailedCount(), monitor.DeletedListCount()));
        var statistics = monitor.GetStatistics();
        Assert.Equal((3, 3, 3), (statistics.Processing, statistics.Scheduled, statistics.Failed));
    }

    [Theory, EveryStorage]
    public void A_waiting_continuation_shows_its_parents_state(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var parent = rig.Create(new SaidState("Processing"));
        var child = rig.Create(new AwaitingState(parent));
        rig.Holds(Deviation.AwaitingJobs, () =>
        {
            var (id, job) = Assert.Single(rig.NewMonitor.AwaitingJobs(0, 10));
            Assert.Equal((child, "Processing", 1), (id, job.ParentStateName, rig.NewMonitor.AwaitingCount()));
        });
    }

    [Theory, EveryStorage]
    public void Queues_show_their_length_and_first_jobs(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var ids = Enumerable.Range(0, 7).Select(_ => rig.Create(new EnqueuedState("b"))).ToList();
        rig.Commit(transaction =>
        {
            ids.ForEach(id => transaction.AddToQueue("b", id));
            transaction.AddToQueue("a", ids[0]);
        });

        var queues = rig.Monitor.Queues();

        Assert.Equal([("a", 1L), ("b", 7L)], queues.OrderBy(queue => queue.Name).Select(queue => (queue.Name, queue.Length)));
        Assert.Equal(ids.Take(5), queues.Single(queue => queue.Name == "b").FirstJobs.Select(job => job.Key));
        Assert.Equal(ids.Skip(2).Take(3), rig.Monitor.EnqueuedJobs("b", 2, 3).Select(job => job.Key));
        Assert.All(rig.Monitor.EnqueuedJobs("b", 0, 9), job => Assert.True(job.Value.InEnqueuedState));
        Assert.Equal((7, 1, 0), (rig.Monitor.EnqueuedCount("b"), rig.Monitor.EnqueuedCount("a"), rig.Monitor.EnqueuedCount("none")));
        Assert.Equal(7, rig.Monitor.GetStatistics().Enqueued);
    }

    [Theory, EveryStorage]
    public void A_fetched_job_is_shown_as_fetched(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Create(new EnqueuedState());
        rig.Commit(transaction => transaction.AddToQueue("default", id));
        using var connection = rig.Connect();
        using var fetched = connection.FetchNextJob(["default"], TestContext.Current.CancellationToken);

        Assert.Equal(0, rig.Monitor.EnqueuedCount("default"));
        rig.Holds(Deviation.FetchedJobsAreShown, () =>
        {
            Assert.Equal(1, rig.Monitor.FetchedCount("default"));
            Assert.Equal(id, Assert.Single(rig.Monitor.FetchedJobs("default", 0, 10)).Key);
        });
        fetched.RemoveFromQueue();
    }

    [Theory, EveryStorage]
    public void A_queue_entry_whose_job_is_gone_or_is_in_another_state_does_no_harm(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var other = rig.Create(new SaidState("Deleted"));
        rig.Commit(transaction => transaction.AddToQueue("default", other));
        rig.Holds(Deviation.EntriesWithoutAJobAreShown, () =>
        {
            rig.Commit(transaction => transaction.AddToQueue("default", "123456"));
            var jobs = rig.Monitor.EnqueuedJobs("default", 0, 10);
            Assert.Equal(2, jobs.Count);
            Assert.Null(jobs[1].Value?.Job);
            Assert.Equal(("Deleted", false), (jobs[0].Value.State, jobs[0].Value.InEnqueuedState));
        });
        Assert.NotEmpty(rig.Monitor.Queues());
    }

    [Theory, EveryStorage]
    public void A_job_whose_method_is_gone_is_shown_with_the_reason(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var id = rig.Read(connection => connection.CreateExpiredJob(new Hangfire.Common.Job(typeof(Fleeting), typeof(Fleeting).GetMethod(nameof(Fleeting.Go))), new Dictionary<string, string>(), DateTime.UtcNow, TimeSpan.FromHours(1)));
        rig.Commit(transaction => transaction.SetJobState(id, new FailedState(new InvalidOperationException("x"))));

        Hangfire.Common.TypeHelper.CurrentTypeResolver = name =>
            name.Contains(nameof(Fleeting), StringComparison.Ordinal) ? throw new TypeLoadException(name) : Hangfire.Common.TypeHelper.DefaultTypeResolver(name);
        try
        {
            Assert.NotNull(rig.Read(connection => connection.GetJobData(id)).LoadException);
            var (_, failed) = Assert.Single(rig.Monitor.FailedJobs(0, 10));
            Assert.Null(failed.Job);
            rig.Holds(Deviation.LoadErrorsAreShown, () =>
            {
                Assert.NotNull(rig.Monitor.JobDetails(id).LoadException);
                Assert.NotNull(failed.LoadException);
            });
        }
        finally
        {
            Hangfire.Common.TypeHelper.CurrentTypeResolver = null;
        }
    }

    [Theory, EveryStorage]
    public void Statistics_are_those_of_seven_days_and_24_hours_zeros_included(StorageKind kind)
    {
        using var rig = Rig.Of(kind);
        var now = DateTime.UtcNow;
        rig.Commit(transaction =>
        {
            transaction.IncrementCounter("stats:succeeded");
            transaction.IncrementCounter($"stats:succeeded:{now:yyyy-MM-dd}", TimeSpan.FromDays(30));
            transaction.IncrementCounter($"stats:failed:{now.AddDays(-6):yyyy-MM-dd}", TimeSpan.FromDays(30));
            transaction.IncrementCounter($"stats:failed:{now.AddDays(-7):yyyy-MM-dd}", TimeSpan.FromDays(30));
            transaction.IncrementCounter($"stats:succeeded:{now:yyyy-MM-dd-HH}", TimeSpan.FromDays(1));
            transaction.IncrementCounter($"stats:deleted:{now:yyyy-MM-dd}", TimeSpan.FromDays(30));
        });

        Assert.Equal(1, rig.Monitor.GetStatistics().Succeeded);
        rig.Holds(Deviation.ExactlySevenDays, () => Assert.Equal((7, 1L), (rig.Monitor.SucceededByDatesCount().Count, rig.Monitor.SucceededByDatesCount()[now.Date])));
        rig.Holds(Deviation.ExactlySevenDays, () => Assert.Equal((7, 1L), (rig.Monitor.FailedByDatesCount().Count, rig.Monitor.FailedByDatesCount().Values.Sum())));
        Assert.Equal((24, 1L), (rig.Monitor.HourlySucceededJobs().Count, rig.Monitor.HourlySucceededJobs().Values.Sum()));
        Assert.Equal((24, 0L), (rig.Monitor.HourlyFailedJobs().Count, rig.Monitor.HourlyFailedJobs().Values.Sum()));
        rig.Holds(Deviation.DeletedStateGraphs, () => Assert.Equal((1L, 24), (rig.NewMonitor.DeletedByDatesCount().Values.Sum(), rig.NewMonitor.HourlyDeletedJobs().Count)));
    }

    public static class Fleeting
    {
        public static void Go()
        {
        }
    }
}
