using System.Globalization;

namespace VzDump.Bench;

/// <summary>What the command line asks for.</summary>
/// <param name="Megabytes">Size of the container's files, and of the data in the machine's image, in 10^6 bytes.</param>
/// <param name="Only">Comparisons whose name holds this; all when empty.</param>
internal sealed record BenchOptions(int Megabytes = 800, int Runs = 3, string Only = "")
{
    public const string Usage = """
        Usage: ./dev bench [--megabytes N] [--runs N] [--only NAME]

        Runs whole backups by the engine and, in turn with them, the programs that do the same work.
          --megabytes N   files of the container, and data in the machine's image that is twice as long (800)
          --runs N        of each side; the medians are shown (3)
          --only NAME     only what has NAME in its name, e.g. zstd, vma, listing, prune or bwlimit; hangfire compares the storages of the job queue

        The data and the archives are in a folder of their own below TMPDIR, up to four times the megabytes. It goes away in the end.
        """;

    public long Bytes => Megabytes * 1_000_000L;

    /// <summary>Null when the arguments are not understood.</summary>
    public static BenchOptions? Parse(ReadOnlySpan<string> arguments)
    {
        var options = new BenchOptions();
        for (; arguments.Length > 0; arguments = arguments[2..])
        {
            var next = arguments switch
            {
                ["--megabytes", var text, ..] when Number(text) is { } number => options with { Megabytes = number },
                ["--runs", var text, ..] when Number(text) is { } number => options with { Runs = number },
                ["--only", var name, ..] => options with { Only = name },
                _ => null,
            };
            if (next is null)
            {
                return null;
            }

            options = next;
        }

        return options;
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
