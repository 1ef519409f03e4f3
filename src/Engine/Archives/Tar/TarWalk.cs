using System.Text;

namespace VzDump.Engine.Archives.Tar;

/// <summary>Walks over a tar archive from header to header, to its end, and keeps nothing of it but the guest's configurations.</summary>
internal sealed class TarWalk(Stream source)
{
    private const int LongestConfig = 1024 * 1024;
    private const string ConfigFolder = "etc/vzdump/";
    private readonly Dictionary<string, string> _configs = new(StringComparer.Ordinal);

    /// <summary>Files, folders, links and the like.</summary>
    public long Members { get; private set; }

    /// <summary>Read so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>The guest's configurations that it begins with, by name, e.g. <c>pct.conf</c>.</summary>
    public IReadOnlyDictionary<string, string> Configs => _configs;

    /// <exception cref="InvalidDataException">It is no tar archive, or a damaged or incomplete one; the message is a sentence.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var members = new TarMembers(source);
        try
        {
            while (await members.NextAsync(cancellation) is { } member)
            {
                Members++;
                var path = member.Path.AsSpan();
                var name = Encoding.UTF8.GetString(path.StartsWith("./"u8) ? path[2..] : path);
                if (member.IsFile && name.StartsWith(ConfigFolder, StringComparison.Ordinal) && member.StoredBytes <= LongestConfig)
                {
                    _configs.TryAdd(name[ConfigFolder.Length..], Encoding.UTF8.GetString(await members.RestAsync(LongestConfig, cancellation)));
                }
            }

            await members.EndAsync(cancellation);
        }
        finally
        {
            Bytes = members.Bytes;
        }
    }
}
