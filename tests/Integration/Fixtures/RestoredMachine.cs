using System.Globalization;
using VzDump.Engine.Archives.Vma;

namespace VzDump.Tests.Integration.Fixtures;

/// <summary>The disks of a counting guest, given back by an archive.</summary>
public sealed class RestoredMachine : IDisposable
{
    private const int Block = 4096;
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-restored-").FullName;

    private RestoredMachine()
    {
    }

    public IReadOnlyList<string> Devices { get; private set; } = [];

    /// <summary>Unpacks an archive that is not compressed.</summary>
    public static async Task<RestoredMachine> FromAsync(string archive)
    {
        var machine = new RestoredMachine();
        await using var stream = File.OpenRead(archive);
        var reader = await VmaReader.OpenAsync(stream, TestContext.Current.CancellationToken);
        machine.Devices = [.. reader.Header.Devices.Select(device => device.Name)];
        var targets = reader.Header.Devices.ToDictionary(device => device.Name, device => VmaFileTarget.Create(machine.PathOf(device.Name), device.Size));
        await reader.ExtractAsync(device => targets[device.Name], null, TestContext.Current.CancellationToken);
        foreach (var target in targets.Values)
        {
            target.Dispose();
        }

        return machine;
    }

    public string PathOf(string device) => Path.Combine(_folder, device);

    /// <summary>A ≥ B ≥ A−1, and C written over to the number that belongs to this moment. Answers A.</summary>
    public long AssertOneMoment(string bus)
    {
        var a = Number(File.ReadAllBytes(PathOf($"drive-{bus}0")).AsSpan(0, Block));
        var b = Number(File.ReadAllBytes(PathOf($"drive-{bus}1")).AsSpan(0, Block));
        Assert.True(a >= b && b >= a - 1, $"A is {a}, B is {b}");
        var c = File.ReadAllBytes(PathOf($"drive-{bus}2"));
        var last = a / 40 * 40;
        for (var slot = 0; slot < 256; slot++)
        {
            var number = Number(c.AsSpan(slot * Block, Block));
            // Before the next round begins, A has a higher number; while it is written, A has its own.
            Assert.True(number == last || (a == last && number == last - 40) || (number == 0 && last <= 40), $"A is {a}, slot {slot} of C is {number}");
        }

        return a;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static long Number(ReadOnlySpan<byte> block)
    {
        var end = block.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return end == 0 ? 0 : long.Parse(block[..end], CultureInfo.InvariantCulture);
    }
}
