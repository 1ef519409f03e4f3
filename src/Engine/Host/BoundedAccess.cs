using System.Collections.Concurrent;

namespace VzDump.Engine.Host;

/// <summary>
/// Touches places that may never answer, such as the folder of a network file system whose server is gone. What does not answer in time is left
/// behind, at most one touch for each place: nothing can end a process that waits for such a file system, not even a kill. Until it comes back,
/// the place is said not to answer without touching it again.
/// </summary>
/// <param name="limit">How long an answer may take.</param>
public sealed class BoundedAccess(HostPrograms programs, TimeSpan limit, TimeProvider time)
{
    private const int MostOutput = 64 * 1024 * 1024;
    private readonly ConcurrentDictionary<string, Place> _places = new(StringComparer.Ordinal);

    /// <summary>Runs a small program that touches the place, in a process of its own: whatever it waits for, ours can always end.</summary>
    /// <param name="place">The subject of a sentence, e.g. <c>The storage 'nas'</c>. One place is touched by one at a time.</param>
    /// <exception cref="ProblemException">It does not answer.</exception>
    public async Task<Answer> AskAsync(string place, HostCommand command, CancellationToken cancellation) =>
        await EnterAsync(place, stop => RunAsync(command, stop), cancellation);

    /// <summary>Does a short piece of work on the place, on a thread of its own, after a probe of it has answered.</summary>
    /// <param name="probe">A folder of the place.</param>
    /// <exception cref="ProblemException">It does not answer. What was begun may still be done later.</exception>
    public async Task<T> DoAsync<T>(string place, string probe, Func<T> work, CancellationToken cancellation)
    {
        await AskAsync(place, new HostCommand("stat", "--file-system", "--format=%i", "--", probe), cancellation);
        return await EnterAsync(place, _ => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default), cancellation);
    }

    private async Task<T> EnterAsync<T>(string name, Func<CancellationToken, Task<T>> start, CancellationToken cancellation)
    {
        var place = _places.GetOrAdd(name, static _ => new Place());
        if (place.IsOverdue || !await place.Gate.WaitAsync(limit, cancellation))
        {
            throw NoAnswer(name);
        }

        var late = new CancellationTokenSource();
        var touch = start(late.Token);
        _ = LeaveAsync(place, touch);
        try
        {
            return await touch.WaitAsync(limit, time, cancellation);
        }
        catch (TimeoutException)
        {
            place.Overdue = touch;
            throw NoAnswer(name);
        }
        finally
        {
            // Not awaited: this ends the program, if anything can.
            _ = late.CancelAsync();
        }
    }

    private static async Task LeaveAsync(Place place, Task touch)
    {
        await touch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        place.Gate.Release();
    }

    private async Task<Answer> RunAsync(HostCommand command, CancellationToken stop)
    {
        string? complaint = null;
        await using var program = programs.Start(command, line => complaint ??= line);
        program.Input.Close();
        await using var ending = stop.UnsafeRegister(static state => _ = ((RunningProgram)state!).StopAsync(), program);
        var output = await PipeReading.ReadAllAsync(program.Output, MostOutput)
            ?? throw new ProblemException($"'{command.Program}' says more than {MostOutput / 1024 / 1024} MiB; something is wrong there.");
        var exit = await program.Exit;
        await program.ErrorLinesRead;
        return new Answer(exit, output, complaint ?? exit.ToString());
    }

    private ProblemException NoAnswer(string place) =>
        new($"{place} does not answer: it was waited for {limit.TotalSeconds:0.#} seconds. Is its server or disk there? It is tried again as soon as what waits for it comes back.");

    /// <param name="Complaint">The first thing it complained about, else how it ended.</param>
    public sealed record Answer(ProgramExit Exit, byte[] Output, string Complaint);

    private sealed class Place
    {
        private volatile Task? _overdue;

        /// <summary>One at a time, so that no more than one is ever left behind.</summary>
        public SemaphoreSlim Gate { get; } = new(1);

        /// <summary>What was left behind.</summary>
        public Task Overdue { set => _overdue = value; }

        public bool IsOverdue => _overdue is { IsCompleted: false };
    }
}
