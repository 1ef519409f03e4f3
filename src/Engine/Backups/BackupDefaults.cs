using VzDump.Engine.Configuration;

namespace VzDump.Engine.Backups;

/// <summary>The settings that vzdump.conf gives.</summary>
public sealed class BackupDefaults(NodePaths paths)
{
    /// <summary>Without the file, nothing is set.</summary>
    /// <exception cref="ProblemException">A value is not allowed; the message names file and line.</exception>
    public async Task<BackupSettings> ReadAsync(CancellationToken cancellation)
    {
        var path = paths.VzdumpConfig;
        return File.Exists(path) ? Read(await ConfigText.ReadAsync(path, cancellation), path) : new BackupSettings();
    }

    // Keys that are not ours are left alone: newer versions of vzdump have more.
    internal static BackupSettings Read(string text, string path)
    {
        var settings = new BackupSettings();
        foreach (var (line, key, value) in VzdumpConf.Parse(text))
        {
            if (VzdumpOptions.Find(key) is not { Scope: OptionScope.Backup } option)
            {
                continue;
            }

            foreach (var part in Parts(option, value) ?? throw new ProblemException($"{path}, line {line}: a quote in '{value}' is not closed."))
            {
                settings = option.With(settings, part) ?? throw new ProblemException($"{path}, line {line}: {option.Refuse(part).Message}");
            }
        }

        return settings;
    }

    // e.g. exclude-path: /scratch '/srv/old things'
    private static IReadOnlyList<string>? Parts(BackupOption option, string value) =>
        option.Name != "exclude-path" ? [value] : ShellWords.SplitLiterally(value);
}
