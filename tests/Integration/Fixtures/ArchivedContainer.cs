using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>A host with a real container full of what a backup must carry, and an archive of that.</summary>
internal sealed record ArchivedContainer(EngineHarness Harness, BusyboxContainer Container, string Archive, Guest Guest) : IAsyncDisposable
{
    private const string Map = "lxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 100000 65536";

    // Everything that a backup must carry: ids, modes, hard and symbolic links, a fifo, ACLs, capabilities, attributes, a hole, odd names.
    private const string Treasures = """
        mkdir -p var/t && cd var/t && echo one > one && ln one one.hard && ln -s /etc/x broken && mkfifo pipe && touch -- $'odd\nname' '-rf' 'a b' && touch "$(printf 'x%.0s' $(seq 255))"
        setfacl -m u:1234:rw one && setfacl -d -m u:77:rx . && setfattr -n user.origin -v here one && cp /bin/true cap && setcap cap_net_raw+ep cap && chmod 4755 cap
        truncate -s 9M hole && printf x | dd of=hole bs=1 seek=5000000 conv=notrunc status=none && chmod 640 'a b'
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="more">Commands in the container's root, before it is archived.</param>
    public static async Task<ArchivedContainer> MakeAsync(
        CompressionKind compress = CompressionKind.Zstd, bool unprivileged = false, int fillMiB = 0, string moreConfig = "", string more = "true")
    {
        var harness = new EngineHarness();
        await harness.MakeSamplesAsync();
        var container = await BusyboxContainer.MakeAsync(harness.LxcFolder, fillMiB, moreConfig: $"{(unprivileged ? Map : "")}\n{moreConfig}");
        await Shell.ShAsync($"cd '{container.Root}' && {Treasures}");
        if (unprivileged)
        {
            // The container's root must be able to pass.
            File.SetUnixFileMode(harness.Folder, (UnixFileMode)0b111_101_101);
            // Capabilities and set-user-id bits do not survive chown: they are set again, as the container's root would have.
            await Shell.ShAsync($"cd '{container.Root}' && chown -hR 100000:100000 . && chown -h 100033:100044 'var/t/a b' && chmod 4755 var/t/cap && setcap -n 100000 cap_net_raw+ep var/t/cap && setfacl -Rb var/t && setfacl -m u:101234:rw var/t/one && setfacl -d -m u:100077:rx var/t");
        }
        else
        {
            await Shell.ShAsync($"cd '{container.Root}' && chown 33:44 'var/t/a b'");
        }

        await Shell.ShAsync($"cd '{container.Root}' && {more}");
        var guest = (await StateAsync(harness, container)).Guest;
        var (result, events) = await harness.BackUpAsync(EngineHarness.Stop(compress), guest.Id.Value);
        return new ArchivedContainer(harness, container, result.Tasks[0].Outcome is TaskOutcome.Done done ? done.ArchivePath : throw new InvalidOperationException(events.Text), guest);
    }

    /// <summary>As the program sees the container now.</summary>
    public Task<GuestState> StateAsync() => StateAsync(Harness, Container);

    public async ValueTask DisposeAsync()
    {
        await Container.DisposeAsync();
        await Harness.DisposeAsync();
    }

    private static async Task<GuestState> StateAsync(EngineHarness harness, BusyboxContainer container) =>
        Assert.Single((await harness.Get<GuestInventory>().ListAsync(Cancellation)).Guests, state => state.Guest.Name == container.Name);
}
