using Microsoft.Extensions.DependencyInjection;
using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Storages;
using VzDump.Jobs.Checks;
using VzDump.Jobs.History;
using VzDump.Jobs.Runs;

namespace VzDump.Tests.Jobs;

/// <summary>Checks by schedule in the whole product, by the real clock and queue.</summary>
public sealed class ScheduledChecksRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Archives_are_checked_one_after_another_without_anybody_looking()
    {
        var now = TimeProvider.System.GetUtcNow();
        Archive[] archives =
        [
            .. Enumerable.Range(101, 3).Select(guest => new Archive { Storage = "local", Path = $"/dump/vzdump-lxc-{guest}-2026_08_22-03_00_00.tar", Kind = GuestKind.Lxc, Guest = Product.Guest(guest), Time = now, Size = 1 }),
        ];
        await using var product = await Product.StartAsync(_folder, more: services => services
            .AddSingleton<ListArchives>((_, _) => Task.FromResult(new ArchiveListing(archives, [])))
            .AddSingleton<FindArchive>((id, _) => Task.FromResult<Archive?>(archives.Single(archive => archive.Name == id.Name)))
            .AddSingleton<RunVerify>((path, guest, _, _) => Task.FromResult(new RunResult([new TaskResult(guest, new TaskOutcome.Done(path, 1, TimeSpan.Zero))], null))));
        var checks = product.Get<ScheduledChecks>();
        await checks.SaveAsync(new CheckPlan { IsOn = true, Schedule = "*-*-* *:*:*" }, "ada", CancellationToken.None);

        await Product.EventuallyAsync(async () => (await checks.ReadAsync(CancellationToken.None)).Unchecked == 0, () => "Not all of them were checked.");
        Assert.Equal(archives.Select(archive => archive.Path), (await product.Get<ArchiveChecks>().ListAsync(CancellationToken.None)).Keys.Order(StringComparer.Ordinal));
        Assert.All(await product.Runs.ListAsync(0, 10, CancellationToken.None), run => Assert.Equal((Run.Scheduler, RunState.Succeeded), (run.StartedBy, run.State)));
    }
}
