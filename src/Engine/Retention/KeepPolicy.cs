using System.Globalization;

namespace VzDump.Engine.Retention;

/// <summary>vzdump's <c>prune-backups</c>: how many archives of a guest are kept, by time. Without any count above 0 all are kept.</summary>
public sealed record KeepPolicy
{
    public static KeepPolicy All { get; } = new();

    public int Last { get; init; }

    public int Hourly { get; init; }

    public int Daily { get; init; }

    public int Weekly { get; init; }

    public int Monthly { get; init; }

    public int Yearly { get; init; }

    public bool KeepsAll => this == All;

    /// <summary>Reads e.g. <c>keep-last=3,keep-daily=7</c> or <c>keep-all=1</c>; null when it is neither.</summary>
    public static KeepPolicy? TryParse(string text)
    {
        var policy = All;
        var (keepAll, any) = (false, false);
        foreach (var part in text.Split((char[])[',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part.Split('=') is not [var key, var value] || !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                return null;
            }

            any = true;
            switch (key)
            {
                case "keep-all" when count <= 1:
                    keepAll = count == 1;
                    break;
                case "keep-last":
                    policy = policy with { Last = count };
                    break;
                case "keep-hourly":
                    policy = policy with { Hourly = count };
                    break;
                case "keep-daily":
                    policy = policy with { Daily = count };
                    break;
                case "keep-weekly":
                    policy = policy with { Weekly = count };
                    break;
                case "keep-monthly":
                    policy = policy with { Monthly = count };
                    break;
                case "keep-yearly":
                    policy = policy with { Yearly = count };
                    break;
                default:
                    return null;
            }
        }

        // Both at once contradict each other: better no policy than one that deletes.
        return any && !(keepAll && policy != All) ? policy : null;
    }

    /// <summary>vzdump's older <c>maxfiles</c>: the last N, 0 for all.</summary>
    public static KeepPolicy FromMaxFiles(int count) => new() { Last = count };

    public override string ToString() => KeepsAll ? "keep-all=1" : string.Join(',', Counts().Where(count => count.Value > 0).Select(count => string.Create(CultureInfo.InvariantCulture, $"keep-{count.Name}={count.Value}")));

    internal IEnumerable<(string Name, int Value)> Counts() =>
        [("last", Last), ("hourly", Hourly), ("daily", Daily), ("weekly", Weekly), ("monthly", Monthly), ("yearly", Yearly)];
}
