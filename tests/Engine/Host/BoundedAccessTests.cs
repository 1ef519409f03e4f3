using System.Diagnostics;
using VzDump.Engine;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Host;

public sealed class BoundedAccessTests
{
    private readonly BoundedAccess _access = new(new HostPrograms(), TimeSpan.FromSeconds(1), TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_has_exit_output_and_complaint()
    {
        var patient = new BoundedAccess(new HostPrograms(), TimeSpan.FromMinutes(1), TimeProvider.System);

        var answer = await patient.AskAsync("The test", new HostCommand("sh", "-c", "echo out; echo why >&2; exit 3"), Cancellation);

        Assert.Equal((3, "why"), (answer.Exit.Code, answer.Complaint));
        Assert.Equal("out\n"u8.ToArray(), answer.Output);
        Assert.Equal(5, await patient.DoAsync("The test", "/", () => 5, Cancellation));
    }

    [Fact]
    public async Task Work_that_never_ends_is_left_behind_once_and_the_place_answers_again_when_it_has_ended()
    {
        using var stuck = new ManualResetEventSlim();
        var began = 0;
        int Hang()
        {
            Interlocked.Increment(ref began);
            stuck.Wait(Cancellation);
            return 1;
        }

        var patient = new BoundedAccess(new HostPrograms(), TimeSpan.FromSeconds(3), TimeProvider.System);
        var problem = await Assert.ThrowsAsync<ProblemException>(() => patient.DoAsync("The place", "/", Hang, Cancellation));
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAsync<ProblemException>(() => patient.DoAsync("The place", "/", Hang, Cancellation));

        Assert.StartsWith("The place does not answer", problem.Message, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 2);
        Assert.Equal(1, began);
        Assert.Equal(7, await patient.DoAsync("Another place", "/", () => 7, Cancellation));
        stuck.Set();
        await UntilAnswersAsync(patient);
    }

    [Fact]
    public async Task A_program_that_is_late_is_ended()
    {
        await Assert.ThrowsAsync<ProblemException>(() => _access.AskAsync("The place", new HostCommand("sleep", "1000"), Cancellation));

        await UntilAnswersAsync(new BoundedAccess(new HostPrograms(), TimeSpan.FromSeconds(30), TimeProvider.System));
    }

    [Fact]
    public async Task Who_gives_up_waiting_does_not_make_the_place_a_dead_one()
    {
        var patient = new BoundedAccess(new HostPrograms(), TimeSpan.FromSeconds(30), TimeProvider.System);
        using var gone = new CancellationTokenSource();
        var asking = patient.AskAsync("The place", new HostCommand("sleep", "1000"), gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);

        Assert.True((await patient.AskAsync("The place", new HostCommand("true"), Cancellation)).Exit.Succeeded);
    }

    private static async Task UntilAnswersAsync(BoundedAccess access)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await access.AskAsync("The place", new HostCommand("true"), Cancellation);
                return;
            }
            catch (ProblemException) when (tries < 600)
            {
                await Task.Delay(50, Cancellation);
            }
        }
    }
}
