using System.Globalization;
using System.Text.Json;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Hangfire.Storage.Monitoring;
using VzDump.HangfireSqlite.Storing;

namespace VzDump.HangfireSqlite.Contract;

/// <summary>What Hangfire's dashboard shows.</summary>
internal sealed class StorageMonitor(Database database) : JobStorageMonitor
{
    private const int FirstJobsOfAQueue = 5;

    public override IList<QueueWithTopEnqueuedJobsDto> Queues() => database.Readers.ReadTogether(handle => QueueNames(handle).ConvertAll(name => new QueueWithTopEnqueuedJobsDto
    {
        Name = name,
        Length = QueueLength(handle, name),
        Fetched = FetchedLength(handle, name),
        FirstJobs = Enqueued(handle, name, 0, FirstJobsOfAQueue),
    }));

    public override IList<ServerDto> Servers() => database.Readers.Read(handle =>
    {
        using var rows = handle.Query("SELECT id, workers, queues, started_at, seen_at FROM server ORDER BY id");
        var servers = new List<ServerDto>();
        while (rows.Next())
        {
            servers.Add(new ServerDto
            {
                Name = rows.Text(0),
                WorkersCount = (int)rows.Number(1),
                Queues = JsonSerializer.Deserialize<string[]>(rows.Bytes(2)),
                StartedAt = rows.Time(3),
                Heartbeat = rows.Time(4),
            });
        }

        return servers;
    });

    public override JobDetailsDto? JobDetails(string jobId)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        var (record, history) = database.Readers.ReadTogether(handle => JobRecord.Find(handle, jobId) is { } found ? (found, History(handle, jobId)) : default);
        if (record is null)
        {
            return null;
        }

        var (job, error) = record.Load();
        return new JobDetailsDto
        {
            Job = job,
            LoadException = error,
            InvocationData = record.Invocation,
            Properties = record.Parameters!,
            CreatedAt = record.CreatedAt,
            ExpireAt = record.ExpireAt,
            History = history,
        };
    }

    public override StatisticsDto GetStatistics() => database.Readers.ReadTogether(handle => new StatisticsDto
    {
        Enqueued = InState(handle, EnqueuedState.StateName),
        Scheduled = InState(handle, ScheduledState.StateName),
        Processing = InState(handle, ProcessingState.StateName),
        Failed = InState(handle, FailedState.StateName),
        Awaiting = InState(handle, AwaitingState.StateName),
        Succeeded = Counter(handle, "stats:succeeded"),
        Deleted = Counter(handle, "stats:deleted"),
        Recurring = Whole.Set.Count(handle, "recurring-jobs"),
        Retries = Whole.Set.Count(handle, "retries"),
        Queues = QueueNames(handle).Count,
        Servers = handle.Number("SELECT count(*) FROM server")!.Value,
    });

    public override JobList<EnqueuedJobDto> EnqueuedJobs(string queue, int from, int perPage)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return database.Readers.Read(handle => Enqueued(handle, queue, from, perPage));
    }

    public override JobList<FetchedJobDto> FetchedJobs(string queue, int from, int perPage)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return database.Readers.Read(handle =>
        {
            using var rows = handle.Query(ListedJob.OfQueue("q.fetched_at IS NOT NULL"), queue, from, perPage);
            return ListedJob.All(rows, job => new FetchedJobDto
            {
                Job = job.Job,
                LoadException = job.LoadError,
                InvocationData = job.Invocation,
                State = job.State,
                FetchedAt = job.FetchedAt,
            });
        });
    }

    public override JobList<ProcessingJobDto> ProcessingJobs(int from, int count) => Listed(ProcessingState.StateName, from, count, newestFirst: false, job => new ProcessingJobDto
    {
        Job = job.Job,
        LoadException = job.LoadError,
        InvocationData = job.Invocation,
        StateData = job.Data,
        StartedAt = job.Since,
        ServerId = job.Told("ServerId"),
    });

    public override JobList<ScheduledJobDto> ScheduledJobs(int from, int count) => Listed(ScheduledState.StateName, from, count, newestFirst: false, job => new ScheduledJobDto
    {
        Job = job.Job,
        LoadException = job.LoadError,
        InvocationData = job.Invocation,
        StateData = job.Data,
        ScheduledAt = job.Since,
        EnqueueAt = JobHelper.DeserializeNullableDateTime(job.Told("EnqueueAt")) ?? DateTime.MinValue,
    });

    public override JobList<SucceededJobDto> SucceededJobs(int from, int count) => Listed(SucceededState.StateName, from, count, newestFirst: true, job => new SucceededJobDto
    {
        Job = job.Job,
        LoadException = job.LoadError,
        InvocationData = job.Invocation,
        StateData = job.Data,
        SucceededAt = job.Since,
        Result = job.Told("Result"),
        TotalDuration = Milliseconds(job.Told("PerformanceDuration")) + Milliseconds(job.Told("Latency")),
    });

    public override JobList<FailedJobDto> FailedJobs(int from, int count) => Listed(FailedState.StateName, from, count, newestFirst: true, job => new FailedJobDto
    {
        Job = job.Job,
        LoadException = job.LoadError,
        InvocationData = job.Invocation,
        StateData = job.Data,
        FailedAt = job.Since,
        Reason = job.Reason,
        ExceptionType = job.Told("ExceptionType"),
        ExceptionMessage = job.Told("ExceptionMessage"),
        ExceptionDetails = job.Told("ExceptionDetails"),
    });

    public override JobList<DeletedJobDto> DeletedJobs(int from, int count) => Listed(DeletedState.StateName, from, count, newestFirst: true, job => new DeletedJobDto
    {
        Job = job.Job,
        LoadException = job.LoadError,
        InvocationData = job.Invocation,
        StateData = job.Data,
        DeletedAt = job.Since,
    });

    public override JobList<AwaitingJobDto> AwaitingJobs(int from, int count)
    {
        var jobs = Listed(AwaitingState.StateName, from, count, newestFirst: false, job => new AwaitingJobDto
        {
            Job = job.Job,
            LoadException = job.LoadError,
            InvocationData = job.Invocation,
            StateData = job.Data,
            AwaitingAt = job.Since,
        });
        foreach (var (_, job) in jobs)
        {
            job.ParentStateName = job.StateData.TryGetValue("ParentId", out var parent) && JobIds.Parse(parent) is { } id
                ? database.Readers.Read(handle => handle.Text("SELECT state FROM job WHERE id = ?1", id))
                : null;
        }

        return jobs;
    }

    public override long EnqueuedCount(string queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return database.Readers.Read(handle => QueueLength(handle, queue));
    }

    public override long FetchedCount(string queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return database.Readers.Read(handle => FetchedLength(handle, queue));
    }

    public override long ScheduledCount() => InState(ScheduledState.StateName);

    public override long FailedCount() => InState(FailedState.StateName);

    public override long ProcessingCount() => InState(ProcessingState.StateName);

    public override long SucceededListCount() => InState(SucceededState.StateName);

    public override long DeletedListCount() => InState(DeletedState.StateName);

    public override long AwaitingCount() => InState(AwaitingState.StateName);

    public override IDictionary<DateTime, long> SucceededByDatesCount() => Days("succeeded");

    public override IDictionary<DateTime, long> FailedByDatesCount() => Days("failed");

    public override IDictionary<DateTime, long> DeletedByDatesCount() => Days("deleted");

    public override IDictionary<DateTime, long> HourlySucceededJobs() => Hours("succeeded");

    public override IDictionary<DateTime, long> HourlyFailedJobs() => Hours("failed");

    public override IDictionary<DateTime, long> HourlyDeletedJobs() => Hours("deleted");

    private static JobList<EnqueuedJobDto> Enqueued(Handle handle, string queue, int from, int count)
    {
        using var rows = handle.Query(ListedJob.OfQueue("q.fetched_at IS NULL"), queue, from, count);
        return ListedJob.All(rows, job =>
        {
            var enqueued = string.Equals(job.State, EnqueuedState.StateName, StringComparison.OrdinalIgnoreCase);
            return new EnqueuedJobDto
            {
                Job = job.Job,
                LoadException = job.LoadError,
                InvocationData = job.Invocation,
                State = job.State,
                InEnqueuedState = enqueued,
                StateData = enqueued ? job.Data : null,
                EnqueuedAt = enqueued ? job.Since : null,
            };
        });
    }

    // One step of the index a name, however many jobs wait under it.
    private static List<string> QueueNames(Handle handle) => handle.Texts(
        """
        WITH RECURSIVE
          waiting (name) AS (SELECT min(queue) FROM queued WHERE fetched_at IS NULL
            UNION ALL SELECT (SELECT min(queue) FROM queued WHERE fetched_at IS NULL AND queue > name) FROM waiting WHERE name IS NOT NULL),
          fetched (name) AS (SELECT DISTINCT queue FROM queued WHERE fetched_at IS NOT NULL)
        SELECT name FROM waiting WHERE name IS NOT NULL UNION SELECT name FROM fetched ORDER BY name
        """);

    private static long QueueLength(Handle handle, string queue) => handle.Number("SELECT count(*) FROM queued WHERE queue = ?1 AND fetched_at IS NULL", queue)!.Value;

    private static long FetchedLength(Handle handle, string queue) => handle.Number("SELECT count(*) FROM queued WHERE queue = ?1 AND fetched_at IS NOT NULL", queue)!.Value;

    private static long InState(Handle handle, string state) => handle.Number("SELECT count(*) FROM job WHERE state = ?1", state)!.Value;

    private static long Counter(Handle handle, string key) => handle.Number("SELECT value FROM counter WHERE key = ?1", key) ?? 0;

    private static long? Milliseconds(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static List<StateHistoryDto> History(Handle handle, string jobId)
    {
        using var rows = handle.Query("SELECT name, reason, data, created_at FROM state WHERE job = ?1 ORDER BY id DESC", JobIds.Parse(jobId));
        var states = new List<StateHistoryDto>();
        while (rows.Next())
        {
            states.Add(new StateHistoryDto { StateName = rows.Text(0), Reason = rows.MaybeText(1), Data = JobRecord.Words(rows.Bytes(2))!, CreatedAt = rows.Time(3) });
        }

        return states;
    }

    private JobList<T> Listed<T>(string state, int from, int count, bool newestFirst, Func<ListedJob, T> make) => database.Readers.Read(handle =>
    {
        using var rows = handle.Query(newestFirst ? ListedJob.NewestInState : ListedJob.OldestInState, state, from, count);
        return ListedJob.All(rows, make);
    });

    private long InState(string state) => database.Readers.Read(handle => InState(handle, state));

    private Dictionary<DateTime, long> Days(string what)
    {
        var today = database.Time.GetUtcNow().UtcDateTime.Date;
        return Counters(Enumerable.Range(0, 7).Select(day => today.AddDays(-day)), day => $"stats:{what}:{day:yyyy-MM-dd}");
    }

    private Dictionary<DateTime, long> Hours(string what)
    {
        var now = database.Time.GetUtcNow().UtcDateTime;
        var hour = now.Date.AddHours(now.Hour);
        return Counters(Enumerable.Range(0, 24).Select(back => hour.AddHours(-back)), time => $"stats:{what}:{time:yyyy-MM-dd-HH}");
    }

    private Dictionary<DateTime, long> Counters(IEnumerable<DateTime> times, Func<DateTime, string> key) =>
        database.Readers.ReadTogether(handle => times.ToDictionary(time => time, time => Counter(handle, key(time))));
}
