using System.Globalization;
using Hangfire;

namespace VzDump.Tests.HangfireWorker;

/// <summary>A job that tells in a folder when it begins and when it ends.</summary>
public sealed class LoggedJob(string log)
{
    [AutomaticRetry(Attempts = 0)]
    public void Run(string name, int milliseconds)
    {
        Write("begin", name);
        Thread.Sleep(milliseconds);
        Write("end", name);
    }

    // A file each, whose name is what is told: processes that append to one file overwrite each other's lines.
    // e.g. begin 4242-0f8fad5b 4711 9b2e
    private void Write(string what, string name) =>
        File.Create(Path.Combine(log, string.Create(CultureInfo.InvariantCulture, $"{what} {name} {Environment.ProcessId} {Guid.NewGuid():N}"))).Dispose();
}

/// <summary>Makes such jobs.</summary>
internal sealed class LogActivator(string log) : JobActivator
{
    public override object ActivateJob(Type jobType) => new LoggedJob(log);
}
