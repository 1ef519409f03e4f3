namespace VzDump.Engine.Backups;

/// <summary>What an option of vzdump is about.</summary>
public enum OptionScope
{
    /// <summary>Which guests a job means; told together by a <see cref="Guests.GuestSelection"/>.</summary>
    Guests,

    /// <summary>How they are backed up; kept in <see cref="BackupSettings"/>.</summary>
    Backup,

    /// <summary>When a saved job runs; kept in a <see cref="JobDefinition"/>.</summary>
    Job,
}

/// <summary>One option of vzdump, as files, command lines, forms and checks know it.</summary>
/// <param name="BuiltIn">vzdump's own default as text; null where there is none.</param>
/// <param name="Help">One line.</param>
public sealed record BackupOption(string Name, OptionScope Scope, OptionValue Takes, string? BuiltIn, string Help)
{
    /// <summary>Why it should no longer be used; null where it may. Such an option is read and never written.</summary>
    public string? Deprecated { get; init; }

    /// <summary>Its values as texts; none when it is not set. Only <c>exclude-path</c> has several.</summary>
    internal Func<BackupSettings, IReadOnlyList<string>> Texts { get; init; } = static _ => [];

    /// <summary>The settings with this text; null when it is not allowed. An option that is a list collects.</summary>
    internal Func<BackupSettings, string, BackupSettings?> With { get; init; } = static (settings, _) => settings;

    internal OptionProblem Refuse(string text) => new(Name, $"'{text}' is not allowed for '{Name}': it takes {Takes}.");
}
