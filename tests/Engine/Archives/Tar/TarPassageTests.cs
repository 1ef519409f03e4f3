using System.Diagnostics;
using System.Text;
using VzDump.Engine.Archives.Tar;
using VzDump.Engine.Host;

namespace VzDump.Tests.Engine.Archives.Tar;

/// <summary>Archives of GNU tar that go by.</summary>
public sealed class TarPassageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--format=gnu", "--sparse")]
    [InlineData("--format=oldgnu", "--sparse")]
    [InlineData("--format=posix", "--sparse")]
    [InlineData("--format=posix", "--sparse-version=0.1", "--sparse")]
    [InlineData("--format=posix", "--xattrs", "--acls", "--sparse")]
    [InlineData("--format=ustar", "--exclude=*long*", "--exclude=far*")]
    public async Task Each_member_is_told_in_the_order_of_the_archive_whatever_its_format(params string[] options)
    {
        var archive = await MakeAsync(options);
        // One name a line, as tar itself lists it; the control character in one of them is not shown.
        var names = (await RunAsync("tar", "tf", Path.Combine(_folder, "x.tar"), "--quoting-style=literal", "--show-transformed-names")).Replace("odd\u0007name", "odd?name", StringComparison.Ordinal)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(name => name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name).Select(name => name.TrimEnd('/')).ToList();

        foreach (var portion in (int[])[512, 1000, 10240, 1 << 20])
        {
            var passage = new TarPassage();
            var seen = new List<string>();
            for (var at = 0; at < archive.Length; at += portion)
            {
                passage.See(archive.AsSpan(at, Math.Min(portion, archive.Length - at)));
                if (passage.Path is { } path && (seen.Count == 0 || seen[^1] != path))
                {
                    seen.Add(path);
                }
            }

            Assert.Equal(names.Count, passage.Members);
            if (portion == 512)
            {
                Assert.Equal(names, seen);
            }
        }
    }

    [Fact]
    public async Task Spoilt_archives_end_the_looking_and_nothing_else()
    {
        var archive = await MakeAsync("--format=posix", "--sparse");
        var random = new Random(1);
        for (var turn = 0; turn < 300; turn++)
        {
            var bad = archive[..Math.Min(archive.Length, 40_000)].ToArray();
            for (var flip = 0; flip < 20; flip++)
            {
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            }

            var passage = new TarPassage();
            passage.See(bad);
            Assert.InRange(passage.Members, 0, 100);
        }

        var noise = new byte[100_000];
        random.NextBytes(noise);
        var none = new TarPassage();
        none.See(noise);
        Assert.Equal((0, null), (none.Members, none.Path));
    }

    [Fact]
    public void Looking_costs_next_to_nothing()
    {
        // 1 GiB in members of 64 KiB, in portions as they come from the pipe.
        var member = new byte[512 + 65536];
        "./etc/some/file"u8.CopyTo(member);
        "00000200000"u8.CopyTo(member.AsSpan(124));
        member[156] = (byte)'0';
        member.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes($"{Convert.ToString(member.Take(512).Sum(letter => letter), 8).PadLeft(6, '0')}\0 ").CopyTo(member, 148);
        var passage = new TarPassage();
        var watch = Stopwatch.StartNew();
        for (var turn = 0; turn < 16384; turn++)
        {
            passage.See(member);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{watch.Elapsed.TotalMilliseconds:0.0} ms for a gigabyte");
        Assert.Equal(16384, passage.Members);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 3); // far less on an idle machine
    }

    private async Task<byte[]> MakeAsync(params string[] options)
    {
        var (tree, tar) = (Path.Combine(_folder, "tree"), Path.Combine(_folder, "x.tar"));
        await RunAsync("/bin/bash", "-euc", """
            mkdir -p "$1/d" && cd "$1" && echo data > d/file && ln d/file d/hard && ln -s file d/soft && mkfifo d/pipe && echo x > "d/$(printf 'odd\ani')" && mv d/odd* "d/$(printf 'odd\aname')"
            truncate -s 90M d/hole && for n in $(seq 1 30); do printf x | dd of=d/hole bs=1 seek=$((n * 3000000)) conv=notrunc status=none; done
            if [[ $* == *ustar* ]]; then rm d/hole; fi
            head -c 100000 /dev/urandom > "d/$(printf 'long%.0s' $(seq 40))" && ln -s "$(printf 'far%.0s' $(seq 60))" d/farlink && touch d/empty
            below=deep/$(printf 'a%.0s' $(seq 60))/$(printf 'b%.0s' $(seq 60)) && mkdir -p $below && echo x > $below/file
            """, "_", tree, string.Join(' ', options));
        await RunAsync("tar", ["cf", tar, .. options, "-C", tree, "."]);
        return await File.ReadAllBytesAsync(tar, Cancellation);
    }

    private static async Task<string> RunAsync(string program, params string[] arguments) => await new HostPrograms().DoAsync(new HostCommand(program, arguments), Cancellation);
}
