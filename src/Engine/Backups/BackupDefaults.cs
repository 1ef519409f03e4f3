using VzDump.Engine.Configuration;

namespace VzDump.Engine.Backups;

/// <summary>The settings that vzdump.conf gives.</summary>
public sealed class BackupDefaults(NodePaths paths)
{
    private const string Globs = "exclude-path";

    /// <summary>Without the file, nothing is set.</summary>
    /// <exception cref="ProblemException">A value is not allowed; the message names file and line.</exception>
    public async Task<BackupSettings> ReadAsync(CancellationToken cancellation)
    {
        var file = await ConfigFile.ReadAsync(paths.VzdumpConfig, cancellation);
        return Read(file.Text, paths.VzdumpConfig);
    }

    // Keys that are not ours are left alone: newer versions of vzdump have more.
    /// <param name="path">For the messages.</param>
    /// <exception cref="ProblemException">A value is not allowed; the message names file and line.</exception>
    public static BackupSettings Read(string text, string path)
    {
        var settings = new BackupSettings();
        foreach (var entry in KeyedLines.Parse(text).Entries)
        {
            if (VzdumpOptions.Find(entry.Key) is not { Scope: OptionScope.Backup } option)
            {
                continue;
            }

            foreach (var part in Parts(option, entry.Value) ?? throw new ProblemException($"{path}, line {entry.Line}: a quote in '{entry.Value}' is not closed."))
            {
                settings = option.With(settings, part) ?? throw new ProblemException($"{path}, line {entry.Line}: {option.Refuse(part).Message}");
            }
        }

        return settings;
    }

    /// <summary>The text of vzdump.conf with these settings. Only lines of options that are set to something else change; comments and other lines stay.</summary>
    /// <exception cref="ProblemException">A value is not allowed, in the file or in the settings, or would not read back.</exception>
    public static string Write(string text, BackupSettings settings, string path)
    {
        OptionProblem.Throw(settings.Problems());
        var before = Read(text, path);
        var changed = VzdumpOptions.OfSettings.Where(option => !option.Texts(before).SequenceEqual(option.Texts(settings), StringComparer.Ordinal));
        return changed.Aggregate(KeyedLines.Parse(text), (lines, option) => option.Name switch
        {
            Globs when option.Texts(settings) is { Count: > 0 } globs => lines.With(Globs, ShellWords.Join(globs)),
            // The older name would hold again where the newer one is gone.
            "prune-backups" => lines.With("maxfiles").With(option.Name, option.Texts(settings)),
            _ => lines.With(option.Name, option.Texts(settings)),
        }).ToString();
    }

    // e.g. exclude-path: /scratch '/srv/old things'
    private static IReadOnlyList<string>? Parts(BackupOption option, string value) => option.Name == Globs ? ShellWords.SplitLiterally(value) : [value];
}
