using Hangfire;

namespace VzDump.Jobs.Scheduling;

/// <summary>What Hangfire calls when a job is due.</summary>
internal sealed class ScheduleRunner(JobSchedules schedules)
{
    // Not tried again by Hangfire: the next look, at most a quarter of a minute later, does what this one could not.
    [AutomaticRetry(Attempts = 0)]
    public Task RunAsync(Guid job, DateTimeOffset due, CancellationToken cancellation) => schedules.LookAsync(job, due, cancellation);
}
