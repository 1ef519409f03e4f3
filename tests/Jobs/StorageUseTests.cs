using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using VzDump.Engine;
using VzDump.Engine.Storages;
using VzDump.Jobs.StorageUse;

namespace VzDump.Tests.Jobs;

/// <summary>What is remembered of how full storages were, under a clock that the test moves.</summary>
public abstract class StorageUseTests : IDisposable
{
    private static readonly DateTimeOffset Evening = new(2026, 8, 22, 20, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(Evening);
    private Func<IReadOnlyList<StorageState>> _storages = () => [Storage("local", 10)];

    protected string? PostgreSql
    {
        set => _folder.PostgreSql = value;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_storage_is_noted_once_an_hour_and_at_a_start_when_the_last_note_is_older()
    {
        await using (var desk = await StartAsync())
        {
            Assert.True(await LookAsync(desk));
            _clock.Advance(TimeSpan.FromMinutes(59));
            Assert.False(await LookAsync(desk));
        }

        await using var again = await StartAsync();
        Assert.False(await LookAsync(again));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await LookAsync(again));
    }

    [Fact]
    public async Task One_that_cannot_be_read_has_no_note_and_no_zero()
    {
        await using var desk = await StartAsync();
        _storages = () => [Storage("local", 10), new StorageState("nas", "nfs", "/nowhere", null, null, "It does not answer.")];
        await LookAsync(desk);
        Assert.Equal(["local"], (await ReadAsync(desk)).Keys);

        _clock.Advance(TimeSpan.FromHours(1));
        _storages = () => throw new ProblemException("storage.cfg cannot be read.");
        await Assert.ThrowsAsync<ProblemException>(() => LookAsync(desk));
        Assert.Equal(10, Assert.Single((await ReadAsync(desk))["local"].Days).UsedBytes);
    }

    [Fact]
    public async Task The_days_of_a_storage_lead_to_the_day_when_it_is_full_and_old_hours_are_thinned()
    {
        await using var desk = await StartAsync();
        for (var hour = 0; hour < 24 * 20; hour += 6, _clock.Advance(TimeSpan.FromHours(6)))
        {
            var used = 100 + hour;
            _storages = () => [Storage("local", used), Storage("still", 50)];
            Assert.True(await LookAsync(desk));
        }

        var trends = await ReadAsync(desk);
        Assert.Equal(21, trends["local"].Days.Count);
        Assert.InRange((trends["local"].FullAt!.Value - _clock.GetUtcNow()).TotalDays, 16, 18); // 1000 - 580 at 24 a day
        Assert.IsType<StorageForecast.NotGrowing>(trends["still"].Forecast);
        Assert.Null(trends["still"].FullAt);
        Assert.Equal(6, await CountAsync(desk, new DateTimeOffset(2026, 8, 28, 0, 0, 0, TimeSpan.Zero))); // of the first six days one each
    }

    [Fact]
    public async Task A_clock_that_was_set_back_leaves_no_gap()
    {
        await using var desk = await StartAsync();
        await LookAsync(desk);
        _clock.AdjustTime(Evening.AddDays(-2));
        Assert.True(await LookAsync(desk));
        Assert.False(await LookAsync(desk));
    }

    private static StorageState Storage(string name, long used) => new(name, "dir", "/" + name, 1000 - used, 5000, null) { UsedBytes = used };

    private static Task<bool> LookAsync(Desk desk) => desk.Get<StorageSampling>().LookAsync(CancellationToken.None);

    private static Task<IReadOnlyDictionary<string, StorageTrend>> ReadAsync(Desk desk) => desk.Get<StorageTrends>().ReadAsync(CancellationToken.None);

    private static async Task<int> CountAsync(Desk desk, DateTimeOffset before)
    {
        await using var database = desk.Get<VzDump.Jobs.Store.JobsDatabase>().Open();
        return database.StorageSamples.Count(row => row.Storage == "local" && row.At < before);
    }

    private Task<Desk> StartAsync() => Desk.StartAsync(_folder, _clock, more: services => services.AddSingleton<ListStorages>(_ => Task.FromResult(_storages())));
}
