using System.Diagnostics;

namespace VzDump.Tests.Victim;

/// <summary>Kills this program, as the kernel would, at the n-th command that it sends to its database from now on; a commit counts as two.</summary>
internal sealed class DeadlyCommands(int at) : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private int _sent;

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "Microsoft.EntityFrameworkCore")
        {
            value.Subscribe(this);
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        // Right before a transaction is committed, and right after it, are moments of their own.
        if ((value.Key.EndsWith(".CommandExecuting", StringComparison.Ordinal) || value.Key.EndsWith(".TransactionCommitting", StringComparison.Ordinal) || value.Key.EndsWith(".TransactionCommitted", StringComparison.Ordinal))
            && Interlocked.Increment(ref _sent) == at)
        {
            using var self = Process.GetCurrentProcess();
            self.Kill();
            Thread.Sleep(Timeout.Infinite);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
