using System.Diagnostics;
using System.Globalization;

namespace VzDump.Bench;

/// <summary>One side at work; answers how many bytes it wrote.</summary>
internal delegate Task<long> Contestant(CancellationToken cancellation);

/// <summary>The engine against a rival on the same data.</summary>
/// <param name="Rival">The rival in words.</param>
/// <param name="Bytes">How much there is to read, holes included.</param>
internal sealed record Comparison(string Name, string Rival, long Bytes, Contestant Ours, Contestant Theirs)
{
    /// <summary>A program that the rival needs and the host may lack.</summary>
    public string? Needs { get; init; }
}

/// <summary>What one run took.</summary>
/// <param name="Cpu">Of this process and all that it started.</param>
internal sealed record Sample(TimeSpan Took, TimeSpan Cpu, long Written)
{
    public static async Task<Sample> TakeAsync(Contestant contestant, BenchFolder folder, CancellationToken cancellation)
    {
        var cpu = CpuUsed();
        var began = Stopwatch.GetTimestamp();
        var written = await contestant(cancellation);
        var took = Stopwatch.GetElapsedTime(began);
        var sample = new Sample(took, CpuUsed() - cpu, written);
        folder.Clear();
        return sample;
    }

    /// <summary>By this process and all that it started and that has ended.</summary>
    public static TimeSpan CpuUsed()
    {
        // e.g. 4242 (VzDump.Bench) S 1 … — utime, stime, cutime and cstime are the fields 14 to 17, in hundredths of a second
        var stat = File.ReadAllText("/proc/self/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromMilliseconds(fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) * 10);
    }
}
