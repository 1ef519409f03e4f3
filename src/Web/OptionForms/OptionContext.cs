using VzDump.Engine.Backups;
using VzDump.Engine.Storages;

namespace VzDump.Web.OptionForms;

/// <summary>What stands around options while they are edited: the words of others, which hold where the form says nothing.</summary>
public sealed record OptionContext
{
    /// <summary>What vzdump.conf says; nothing while vzdump.conf itself is edited.</summary>
    public required BackupSettings Conf { get; init; }

    public required IReadOnlyList<StorageState> Storages { get; init; }

    /// <summary>Whose word the form is, such as <c>this job</c>.</summary>
    public required string Own { get; init; }

    /// <summary>Whether it is vzdump.conf that is edited, which has no storage of its own to ask.</summary>
    public bool IsConf { get; init; }

    /// <summary>The storage that the settings lead to; null for a folder, or one that storage.cfg does not have.</summary>
    public StorageState? StorageOf(BackupSettings settings) =>
        BackupOptions.From(settings, Conf, Environment.ProcessorCount).Storage is { } name ? Storages.FirstOrDefault(storage => storage.Name == name) : null;

    /// <summary>Every value that holds, and where it comes from.</summary>
    public IReadOnlyList<EffectiveOption> Effective(BackupSettings settings) => EffectiveOption.Of(settings, Conf, IsConf ? null : StorageOf(settings)?.Prune);

    /// <summary>What holds where the form says nothing.</summary>
    public IReadOnlyList<EffectiveOption> Inherited(string option, BackupSettings settings)
    {
        // Storage and folder fall back as a pair: who names one of them has no default for the other.
        if (option is "storage" or "dumpdir" && (settings.Storage is not null || settings.DumpFolder is not null))
        {
            return [];
        }

        var globs = option == "exclude-path" ? new BackupSettings { StandardExcludes = settings.StandardExcludes } : new BackupSettings();
        return [.. EffectiveOption.Of(globs, Conf, IsConf ? null : StorageOf(settings)?.Prune).Where(effective => effective.Name == option)];
    }

    public string Word(OptionOrigin origin) => origin is OptionOrigin.Job ? Own : origin.Word;
}
