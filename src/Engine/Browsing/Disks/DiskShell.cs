using System.Text;
using VzDump.Engine.Host;

namespace VzDump.Engine.Browsing.Disks;

/// <summary>
/// A <c>guestfish</c> at work: it reads one disk, read-only, in a small virtual machine of its own, so that a hostile file system meets a kernel that guards
/// nothing. Told to by lines; each answer ends with a mark that nobody can guess. One command at a time. Whoever leaves one early ends the whole.
/// </summary>
internal sealed class DiskShell : IAsyncDisposable
{
    private const int BufferBytes = 256 * 1024, MostTextBytes = 64 << 20;
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3), AnswerLimit = TimeSpan.FromMinutes(2);
    private readonly RunningProgram _program;
    private readonly TimeProvider _time;
    private readonly Complaints _complaints;
    private bool _isAtWork;

    private DiskShell(RunningProgram program, Complaints complaints, TimeProvider time) => (_program, _complaints, _time) = (program, complaints, time);

    /// <summary>Whether it can be told something more.</summary>
    public bool IsUsable => !_isAtWork && !_program.Exit.IsCompleted;

    /// <summary>Starts the machine.</summary>
    /// <param name="withoutKvm">Slower, for hosts whose KVM it cannot use.</param>
    /// <exception cref="ProblemException">guestfish is not installed, or the machine does not start.</exception>
    public static async Task<DiskShell> StartAsync(HostPrograms programs, string image, bool withoutKvm, TimeProvider time, CancellationToken cancellation)
    {
        var complaints = new Complaints();
        var environment = new Dictionary<string, string> { ["LIBGUESTFS_BACKEND"] = "direct", ["LIBGUESTFS_BACKEND_SETTINGS"] = withoutKvm ? "force_tcg" : "", ["LIBGUESTFS_MEMSIZE"] = "512" };
        var shell = new DiskShell(programs.Start(new HostCommand("guestfish", "--ro", "--format=raw", $"--add={image}") { Environment = environment }, complaints.Add), complaints, time);
        try
        {
            await shell.AskAsync("run", StartLimit, cancellation);
            return shell;
        }
        catch
        {
            await shell.DisposeAsync();
            throw;
        }
    }

    /// <summary>A command's answer as text.</summary>
    /// <exception cref="ProblemException">It failed, with what guestfish says of it.</exception>
    public Task<string> AskAsync(string command, CancellationToken cancellation) => AskAsync(command, AnswerLimit, cancellation);

    /// <summary>Runs a command and passes on what it writes to its output, <c>/dev/stdout</c>.</summary>
    /// <exception cref="ProblemException">It failed, with what guestfish says of it.</exception>
    public Task ReadAsync(string command, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellation) => ReadAsync(command, take, AnswerLimit, cancellation);

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private async Task<string> AskAsync(string command, TimeSpan limit, CancellationToken cancellation)
    {
        using var answer = new MemoryStream();
        await ReadAsync(
            command,
            data =>
            {
                answer.Write(data.Span);
                return answer.Length <= MostTextBytes ? ValueTask.CompletedTask : throw new ProblemException("The disk's files cannot be listed: there are too many.");
            },
            limit,
            cancellation);
        return Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length);
    }

    private async Task ReadAsync(string command, Func<ReadOnlyMemory<byte>, ValueTask> take, TimeSpan limit, CancellationToken cancellation)
    {
        if (!IsUsable)
        {
            throw new InvalidOperationException("It is at work, or has ended.");
        }

        _isAtWork = true;
        var mark = Guid.NewGuid().ToString("N");
        var told = _complaints.UntilAsync(mark);

        // The dash: a command that fails does not end guestfish. The last line fails on purpose, and so tells where the complaints end.
        await _program.Input.WriteAsync(Encoding.ASCII.GetBytes($"-{command}\n-echo {mark}\n-{mark}\n"), cancellation);
        await _program.Input.FlushAsync(cancellation);
        await ReadToAsync(Encoding.ASCII.GetBytes(mark + "\n"), take, limit, cancellation);
        var complaints = await told.WaitAsync(limit, _time, cancellation);
        _isAtWork = false;
        if (complaints.Count > 0)
        {
            throw new ProblemException(complaints[0]);
        }
    }

    // Nothing is told before the mark has come, so the mark is always at the end of what there is.
    private async Task ReadToAsync(byte[] mark, Func<ReadOnlyMemory<byte>, ValueTask> take, TimeSpan limit, CancellationToken cancellation)
    {
        var buffer = new byte[BufferBytes];
        for (var held = 0; ;)
        {
            var count = await NextAsync(buffer.AsMemory(held), limit, cancellation);
            held += count;
            if (buffer.AsSpan(0, held).EndsWith(mark))
            {
                await take(buffer.AsMemory(0, held - mark.Length));
                return;
            }

            // A part of the mark may be there already.
            var sure = Math.Max(0, held - mark.Length);
            await take(buffer.AsMemory(0, sure));
            buffer.AsSpan(sure, held - sure).CopyTo(buffer);
            held -= sure;
        }
    }

    private async Task<int> NextAsync(Memory<byte> buffer, TimeSpan limit, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            return await _program.Output.ReadAsync(buffer, either.Token) is > 0 and var count ? count : throw new ProblemException(await _complaints.LastAsync(_program));
        }
        catch (OperationCanceledException error) when (late.IsCancellationRequested)
        {
            throw new ProblemException($"It did not answer within {limit.TotalMinutes} minutes.", error);
        }
    }

    // Lines of its error output since the last command.
    private sealed class Complaints
    {
        private readonly Lock _lock = new();
        private List<string> _lines = [];
        private (string Mark, TaskCompletionSource<IReadOnlyList<string>> Told)? _waiting;

        public void Add(string line)
        {
            lock (_lock)
            {
                if (_waiting is { } waiting && line.StartsWith(waiting.Mark, StringComparison.Ordinal))
                {
                    (var lines, _lines, _waiting) = (_lines, [], null);
                    waiting.Told.SetResult(lines);
                }
                else if (_lines.Count < 100)
                {
                    _lines.Add(Show(line));
                }
            }
        }

        public Task<IReadOnlyList<string>> UntilAsync(string mark)
        {
            var told = new TaskCompletionSource<IReadOnlyList<string>>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lock)
            {
                _waiting = (mark, told);
            }

            return told.Task;
        }

        public async Task<string> LastAsync(RunningProgram program)
        {
            await program.ErrorLinesRead;
            lock (_lock)
            {
                return _lines.FirstOrDefault() ?? "It ended unexpectedly.";
            }
        }

        // e.g. "*stdin*:13: libguestfs: error: ls0: opendir: /nope: No such file or directory"; what it names is a stranger's.
        private static string Show(string line)
        {
            const string error = "libguestfs: error: ";
            var text = line.IndexOf(error, StringComparison.Ordinal) is >= 0 and var at ? line[(at + error.Length)..] : line;
            return MemberPath.Show(Encoding.UTF8.GetBytes(text[..Math.Min(text.Length, 500)]));
        }
    }
}
