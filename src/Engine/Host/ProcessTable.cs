using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace VzDump.Engine.Host;

/// <summary>What the kernel tells about processes.</summary>
internal static class ProcessTable
{
    private const int MostRounds = 10;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    /// <summary>Start time in clock ticks since boot, which together with the pid names one process for good; null when it is gone.</summary>
    public static long? StartTime(int pid) => Stat(pid) is { } fields ? long.Parse(fields[19], CultureInfo.InvariantCulture) : null;

    /// <summary>Whether this very process still works. One that has ended but was not fetched by its parent does not.</summary>
    public static bool IsAlive(int pid, long startTime) => Stat(pid) is { } fields && fields[0] is not "Z" && long.Parse(fields[19], CultureInfo.InvariantCulture) == startTime;

    /// <summary>The parent's pid; null when the process is gone.</summary>
    public static int? Parent(int pid) => Stat(pid) is { } fields ? int.Parse(fields[1], CultureInfo.InvariantCulture) : null;

    /// <summary>Pids of the host's processes.</summary>
    public static IEnumerable<int> All() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0).Where(pid => pid > 0);

    /// <summary>Processes that it started; none when it is gone.</summary>
    public static IReadOnlyList<int> Children(int pid) =>
        // e.g. "4712 4713 "
        [.. (Read(pid, $"task/{pid}/children") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => int.Parse(child, CultureInfo.InvariantCulture))];

    /// <summary>What the kernel says of it in one of its files, at most the first few kilobytes; null when it is gone. Made for hundreds at a time.</summary>
    public static string? Read(int pid, string file)
    {
        Span<byte> text = stackalloc byte[4096];
        try
        {
            using var handle = File.OpenHandle(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = 0;
            for (int count; length < text.Length && (count = RandomAccess.Read(handle, text[length..], length)) > 0;)
            {
                length += count;
            }

            return Encoding.UTF8.GetString(text[..length]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether a process has ended, waited for without asking again and again; at most the given time.</summary>
    public static async Task<bool> WaitForExitAsync(int pid, TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        var deadline = time.GetTimestamp() + (long)(limit.TotalSeconds * time.TimestampFrequency);
        var started = StartTime(pid);
        // A zombie has closed its files already. Another start time: the pid was given to somebody else.
        while (Stat(pid) is { } fields && fields[0] is not "Z" && long.Parse(fields[19], CultureInfo.InvariantCulture) == started)
        {
            if (time.GetTimestamp() > deadline)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), time, cancellation);
        }

        return true;
    }

    /// <exception cref="ProblemException">It may not be asked to.</exception>
    public static void AskToEnd(int pid)
    {
        if (LinuxCalls.Kill(pid, LinuxCalls.SigTerm) != 0 && Stat(pid) is not null)
        {
            throw new ProblemException($"The process {pid} cannot be asked to end: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    /// <summary>Ends the processes of this program that have such an argument: what a dead program of ours left at work. Fine when there are none.</summary>
    /// <exception cref="ProblemException">One stays.</exception>
    public static async Task EndAsync(string program, Predicate<string> argument, TimeProvider time, CancellationToken cancellation)
    {
        // More than once: one that is only just starting may have forked after it was listed, as QEMU does to become a daemon.
        for (var round = 0; WithArgument(program, argument) is { Count: > 0 } found; round++)
        {
            if (round == MostRounds)
            {
                throw new ProblemException($"The {program} which an interrupted run left begins anew whenever it is ended (pid {found[0]}).");
            }

            foreach (var pid in found)
            {
                await EndAsync(program, pid, time, cancellation);
            }
        }
    }

    private static async Task EndAsync(string program, int pid, TimeProvider time, CancellationToken cancellation)
    {
        _ = LinuxCalls.Kill(pid, LinuxCalls.SigTerm);
        if (!await WaitForExitAsync(pid, EndLimit, time, cancellation))
        {
            _ = LinuxCalls.Kill(pid, LinuxCalls.SigKill);
            if (!await WaitForExitAsync(pid, EndLimit, time, cancellation))
            {
                throw new ProblemException($"The {program} with pid {pid}, which an interrupted backup left, cannot be ended.");
            }
        }
    }

    /// <summary>Waits until no process has one of these as an argument: what a killed program of ours had started goes on, and would make a thing after it was looked for.</summary>
    /// <param name="things">Paths or names of what is made, as a word of its own or behind an equals sign.</param>
    /// <exception cref="ProblemException">One does not end.</exception>
    public static async Task WaitForMakersAsync(IReadOnlyCollection<string> things, TimeProvider time, CancellationToken cancellation)
    {
        foreach (var pid in WithArgument(program: null, argument => things.Any(thing => argument.EndsWith(thing, StringComparison.Ordinal) && (argument.Length == thing.Length || argument[^(thing.Length + 1)] == '='))))
        {
            if (!await WaitForExitAsync(pid, EndLimit, time, cancellation))
            {
                throw new ProblemException($"The process {pid} ({string.Join(' ', Arguments(pid).Take(3))}), which an interrupted run left, still works.");
            }
        }
    }

    /// <summary>Pids of the processes of this program that have such an argument.</summary>
    /// <param name="program">Null for any.</param>
    public static IReadOnlyList<int> WithArgument(string? program, Predicate<string> argument) =>
    [
        .. All().Where(pid => Arguments(pid) is { Count: > 0 } line && (program is null || Path.GetFileName(line[0]) == program) && line.Skip(1).Any(word => argument(word))),
    ];

    /// <summary>The program and arguments that a process was started with; none when it is gone.</summary>
    public static IReadOnlyList<string> Arguments(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // e.g. 4711 (my (odd) name) S 1 4711 … : the fields after the last parenthesis, state first
    private static string[]? Stat(int pid) => Read(pid, "stat") is { Length: > 0 } text ? text[(text.LastIndexOf(')') + 2)..].Split(' ') : null;
}
