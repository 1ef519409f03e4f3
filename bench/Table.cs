using System.Globalization;

namespace VzDump.Bench;

/// <summary>The results as they come, in Markdown.</summary>
internal sealed class Table(TextWriter to)
{
    public void Begin()
    {
        to.WriteLine("A ratio above 1: the engine is faster. Seconds and MB/s (10^6 bytes read, holes included) are medians; CPU is that of all processes of a side.");
        to.WriteLine();
        to.WriteLine($"| {"comparison",-20} | {"against",-36} | ours s |  MB/s | CPU s | theirs s |  MB/s | CPU s | ratio (min..max) | MB written, ours / theirs |");
        to.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    }

    public void Add(Comparison comparison, IReadOnlyList<(Sample Ours, Sample Theirs)> runs)
    {
        var ratios = runs.Select(run => run.Theirs.Took / run.Ours.Took).Order().ToList();
        to.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {comparison.Name,-20} | {Cell(comparison.Rival),-36} | {Side([.. runs.Select(run => run.Ours)])} | {Side([.. runs.Select(run => run.Theirs)])} | {Median(ratios):0.00} ({ratios[0]:0.00}..{ratios[^1]:0.00}) | {runs[^1].Ours.Written / 1e6:0} / {runs[^1].Theirs.Written / 1e6:0} |"));

        string Side(IReadOnlyList<Sample> samples)
        {
            var seconds = Median(samples.Select(sample => sample.Took.TotalSeconds));
            return string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} | {comparison.Bytes / 1e6 / seconds:0} | {Median(samples.Select(sample => sample.Cpu.TotalSeconds)):0.00}");
        }
    }

    public void Skip(Comparison comparison) => to.WriteLine($"| {comparison.Name,-20} | {Cell(comparison.Rival),-36} | {comparison.Needs} is not installed |");

    // A bar would end the cell.
    private static string Cell(string text) => text.Replace("|", @"\|", StringComparison.Ordinal);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
