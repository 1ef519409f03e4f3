using System.Diagnostics;
using VzDump.Engine;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Host;

public sealed class HostProgramsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void A_program_that_is_missing_is_named_with_its_package()
    {
        var none = new HostPrograms([]);

        Assert.Equal("The program 'rsync' is not installed; it comes with the Debian package 'rsync' (apt-get install rsync).", Assert.Throws<ProblemException>(() => none.Require("rsync")).Message);
        Assert.Contains("package 'util-linux'", Assert.Throws<ProblemException>(() => none.Start(new HostCommand("tar"), _ => { })).Message, StringComparison.Ordinal);
        Assert.Equal("The program 'frobnicate' is not installed.", Assert.Throws<ProblemException>(() => none.Require("frobnicate")).Message);
    }

    [Fact]
    public async Task Output_errors_and_exit_code_are_told()
    {
        var result = await new HostPrograms().RunAsync(new HostCommand("sh", "-c", "echo out; echo why >&2; exit 7"), Cancellation);

        Assert.Equal(("out\n", "why", 7), (result.Output, result.Complaint, result.Exit.Code));
    }

    [Theory]
    [InlineData("sleep {0} & sleep {0}")]
    [InlineData("(trap '' TERM; while :; do sleep {0}; done) & sleep {0}")] // one child is deaf to the polite signal
    public async Task A_cancelled_program_is_ended_with_all_its_children(string script)
    {
        var mark = FormattableString.Invariant($"97{Random.Shared.Next(100_000, 999_999)}.5");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var running = new HostPrograms().RunAsync(new HostCommand("sh", "-c", script.Replace("{0}", mark, StringComparison.Ordinal)), cancel.Token);
        await UntilAsync(() => Sleepers(mark) == 2);
        var watch = Stopwatch.StartNew();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await UntilAsync(() => Living(mark) == 0);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 4);
    }

    private static int Sleepers(string mark) => Commands().Count(command => command == $"sleep\0{mark}\0");

    private static int Living(string mark) => Commands().Count(command => command.Contains(mark, StringComparison.Ordinal));

    private static IEnumerable<string> Commands()
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            string command;
            try
            {
                command = File.ReadAllText(Path.Combine(process, "cmdline"));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            yield return command;
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "waited 10 s in vain");
            await Task.Delay(20, Cancellation);
        }
    }
}
