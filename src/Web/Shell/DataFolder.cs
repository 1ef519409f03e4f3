namespace VzDump.Web.Shell;

/// <summary>Where this program keeps what it must remember. A relative path counts from the content root.</summary>
public sealed record DataFolder(string Path)
{
    public const string ConfigurationKey = "Data";

    // Where an installed program keeps what changes; in the sources' own folder it stays beside them.
    private const string InstalledPath = "/var/lib/vzdump-web";
    private const string SourcesMark = "VzDump.Web.sln";

    public string Keys => System.IO.Path.Combine(Path, "keys");

    /// <summary>The rolling log file, a JSON object a line; the day goes in before the extension.</summary>
    public string LogFile => System.IO.Path.Combine(Path, "log", "web-.jsonl");

    /// <summary>Makes the folder readable for its owner only, because it holds keys and password hashes; leaves the mode of an existing one alone.</summary>
    public static DataFolder Open(string? configured, string contentRoot)
    {
        var usual = File.Exists(System.IO.Path.Combine(contentRoot, SourcesMark)) ? "data" : InstalledPath;
        var path = System.IO.Path.GetFullPath(string.IsNullOrWhiteSpace(configured) ? usual : configured, contentRoot);
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return new DataFolder(path);
    }
}
