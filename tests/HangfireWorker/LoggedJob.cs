using System.Globalization;
using Hangfire;

namespace VzDump.Tests.HangfireWorker;

/// <summary>A job that writes a line when it begins and one when it ends.</summary>
public sealed class LoggedJob(string log)
{
    [AutomaticRetry(Attempts = 0)]
    public void Run(string name, int milliseconds)
    {
        Write("begin", name);
        Thread.Sleep(milliseconds);
        Write("end", name);
    }

    // e.g. begin 4242-0f8fad5b 4711
    private void Write(string what, string name)
    {
        using var file = new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.Write(System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{what} {name} {Environment.ProcessId}\n")));
    }
}

/// <summary>Makes such jobs.</summary>
internal sealed class LogActivator(string log) : JobActivator
{
    public override object ActivateJob(Type jobType) => new LoggedJob(log);
}
