using Hangfire;

namespace VzDump.Bench;

/// <summary>Jobs that do nothing but say that they began.</summary>
public sealed class QueueJob(Action began)
{
    [AutomaticRetry(Attempts = 0)]
    public void Run(int number)
    {
        _ = number;
        began();
    }
}

/// <summary>Makes such jobs.</summary>
internal sealed class QueueJobs(Action began) : JobActivator
{
    public override object ActivateJob(Type jobType) => new QueueJob(began);
}
