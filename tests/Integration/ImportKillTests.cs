using VzDump.Engine.Backups;
using VzDump.Jobs;
using VzDump.Jobs.Saved;
using VzDump.Jobs.Store;
using VzDump.Tests.Integration.Fixtures;

namespace VzDump.Tests.Integration;

/// <summary>The whole program is killed before each of the commands to the database of which taking over a job consists.</summary>
public sealed class ImportKillTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("jobs.cfg", "vzdump: nightly\n\tschedule HOUR:00\n\tall 1\n")]
    [InlineData("vzdump.cron", "0 HOUR * * * root vzdump --all 1\n")]
    public async Task Killed_at_any_step_of_a_takeover_never_both_and_after_a_start_exactly_one_is_on(string name, string template)
    {
        await using var harness = new EngineHarness();
        // Far from now: around its due time the original is left alone.
        var text = template.Replace("HOUR", $"{(TimeProvider.System.GetLocalNow().Hour + 12) % 24}", StringComparison.Ordinal);
        var file = Path.Combine(harness.Folder, name);
        var store = new JobStore(new JobsDatabase(new JobsOptions { DataFolder = harness.Folder }));
        var (seen, answer) = (new List<string>(), default(string));
        for (var at = 1; answer is null; at++)
        {
            await File.WriteAllTextAsync(file, text, Cancellation);
            using (var program = ServiceProcess.Start(harness))
            {
                Assert.Equal("READY", await program.SaysAsync());
                answer = await program.AskAsync($"import {at}");
                program.Kill();
            }

            var left = await LookAsync();
            seen.Add($"{left}");
            Assert.False(left.OursOn && left.OriginalOn, $"both are on, killed before command {at}");
            Assert.True(left.Ours is not null || left.OriginalOn, $"neither is there, killed before command {at}");

            using (var next = ServiceProcess.Start(harness))
            {
                Assert.Equal("READY", await next.SaysAsync());
                next.Kill();
            }

            var settled = await LookAsync();
            Assert.True(settled.OursOn != settled.OriginalOn, $"{settled} after {left}, killed before command {at}");
            Assert.Equal(left.Ours is not null, settled.OursOn);
            Assert.Equal(settled.OursOn, settled.Ours is { NextRun: not null });
            if (settled.Ours is { } job)
            {
                var row = (await store.FindRowAsync(job.Id, Cancellation))!;
                Assert.True(await store.TryUpdateAsync(row, row.WithDeleted(TimeProvider.System.GetUtcNow(), "test", TimeProvider.System.GetUtcNow()), "job deleted", Cancellation));
            }
        }

        // Each of the four states in between was met: nothing done, stored, original off, and all of it.
        Assert.Equal("IMPORTED", answer);
        Assert.Contains(seen, left => left.EndsWith("False, True)", StringComparison.Ordinal) && left.StartsWith("(,", StringComparison.Ordinal));
        Assert.Contains(seen, left => left.EndsWith("False, True)", StringComparison.Ordinal) && !left.StartsWith("(,", StringComparison.Ordinal));
        Assert.Contains(seen, left => left.EndsWith("False, False)", StringComparison.Ordinal));
        Assert.Contains(seen, left => left.EndsWith("True, False)", StringComparison.Ordinal));

        async Task<(SavedJob? Ours, bool OursOn, bool OriginalOn)> LookAsync()
        {
            var ours = (await store.ListAsync(Cancellation)).SingleOrDefault();
            var now = await File.ReadAllTextAsync(file, Cancellation);
            var original = name == "jobs.cfg" ? JobsConfig.Parse(now, name).IsOn("nightly") : CronConfig.Parse(now, name).Jobs.Count == 1;
            return (ours, ours is { Enabled: true, TakeoverPending: false }, original);
        }
    }
}
