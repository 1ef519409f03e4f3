using VzDump.Engine.Archives.Tar;
using VzDump.Engine.Host;
using VzDump.Tests.Engine.Archives.Vma;

namespace VzDump.Tests.Engine.Archives.Tar;

/// <summary>Archives of GNU tar, whole and spoilt.</summary>
public sealed class TarWalkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-test-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--format=gnu", "--sparse")]
    [InlineData("--format=oldgnu", "--sparse")]
    [InlineData("--format=posix", "--sparse")]
    [InlineData("--format=posix", "--sparse-version=0.1", "--sparse")]
    [InlineData("--format=posix", "--xattrs", "--exclude=hole")]
    [InlineData("--format=gnu", "--blocking-factor=1", "--exclude=hole")]
    public async Task Every_member_of_an_archive_in_any_format_is_found_and_its_configuration_read(params string[] options)
    {
        var archive = await MakeAsync(options);
        var walk = new TarWalk(new DribblingStream(archive, portion: 7001));

        await walk.RunAsync(Cancellation);

        Assert.Equal((await ListAsync()).Count, walk.Members);
        Assert.Equal(archive.Length, walk.Bytes);
        Assert.Equal("hostname: x\n", walk.Configs["pct.conf"]);
    }

    [Fact]
    public async Task An_archive_cut_anywhere_is_refused_in_a_sentence()
    {
        var archive = await MakeAsync("--format=posix", "--blocking-factor=1", "--exclude=hole", "--exclude=long*");
        foreach (var length in Enumerable.Range(0, archive.Length / 512).Select(block => block * 512).Concat([1, 511, 513, archive.Length - 1]))
        {
            var error = await Assert.ThrowsAsync<InvalidDataException>(() => new TarWalk(new MemoryStream(archive, 0, length)).RunAsync(Cancellation));
            Assert.EndsWith(".", error.Message);
        }
    }

    [Fact]
    public async Task Any_flipped_bit_of_a_header_is_noticed()
    {
        var archive = await MakeAsync("--format=gnu", "--blocking-factor=1", "--exclude=hole", "--exclude=long*");
        // The checksum's own field has blanks whose bits mean nothing.
        foreach (var bit in Enumerable.Range(0, 512 * 8 / 7).Select(step => step * 7).Where(bit => bit / 8 is < 148 or >= 156))
        {
            var bad = archive.ToArray();
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            await Assert.ThrowsAsync<InvalidDataException>(() => new TarWalk(new MemoryStream(bad)).RunAsync(Cancellation));
        }
    }

    [Fact]
    public async Task What_stands_behind_the_end_or_is_no_tar_or_claims_too_much_is_refused()
    {
        var archive = await MakeAsync("--format=gnu", "--blocking-factor=1", "--exclude=hole", "--exclude=long*");
        var noise = new byte[10_000];
        new Random(1).NextBytes(noise);
        foreach (var bad in (byte[][])[[.. archive, .. noise[..512]], [.. archive, .. archive], noise, Claim("7777777777777"u8, 'x'), Claim("77777777777"u8, '0'), Claim([0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], '0'), Claim([0x80, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 'L')])
        {
            var error = await Assert.ThrowsAsync<InvalidDataException>(() => new TarWalk(new MemoryStream(bad)).RunAsync(Cancellation));
            Assert.EndsWith(".", error.Message);
        }
    }

    private static byte[] Claim(ReadOnlySpan<byte> size, char type)
    {
        var header = new byte[512];
        "x"u8.CopyTo(header);
        size[..Math.Min(12, size.Length)].CopyTo(header.AsSpan(124));
        header[156] = (byte)type;
        header.AsSpan(148, 8).Fill((byte)' ');
        System.Text.Encoding.ASCII.GetBytes($"{Convert.ToString(header.Sum(letter => letter), 8).PadLeft(6, '0')}\0 ").CopyTo(header, 148);
        return header;
    }

    private async Task<byte[]> MakeAsync(params string[] options)
    {
        var (tree, tar) = (Path.Combine(_folder, "tree"), Path.Combine(_folder, "x.tar"));
        if (!Directory.Exists(tree))
        {
            var made = await new HostPrograms().RunAsync(new HostCommand("/bin/bash", "-euc", """
                mkdir -p "$1/etc/vzdump" && cd "$1" && printf 'hostname: x\n' > etc/vzdump/pct.conf && mkdir d && echo data > d/file && ln d/file d/hard && ln -s file d/soft && mkfifo d/pipe
                truncate -s 90M d/hole && for n in $(seq 1 30); do printf x | dd of=d/hole bs=1 seek=$((n * 3000000)) conv=notrunc status=none; done
                head -c 100000 /dev/urandom > "d/$(printf 'long%.0s' $(seq 40))" && ln -s "$(printf 'far%.0s' $(seq 60))" d/farlink && touch d/empty
                """, "_", tree), Cancellation);
            Assert.True(made.Exit.Succeeded, made.ErrorOutput);
        }

        var packed = await new HostPrograms().RunAsync(new HostCommand("tar", ["cf", tar, .. options, "-C", tree, "./etc/vzdump/pct.conf", "--exclude=./etc", "."]), Cancellation);
        Assert.True(packed.Exit.Succeeded, packed.ErrorOutput);
        return await File.ReadAllBytesAsync(tar, Cancellation);
    }

    private async Task<IReadOnlyList<string>> ListAsync()
    {
        var listed = await new HostPrograms().RunAsync(new HostCommand("tar", "tf", Path.Combine(_folder, "x.tar")), Cancellation);
        return listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
