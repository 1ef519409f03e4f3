namespace VzDump.Engine.Host;

/// <summary>A program and its arguments, never a line for a shell.</summary>
public sealed record HostCommand(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>Set in addition to this program's own environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where it starts. A program that may not pass the folders above still may work in here.</summary>
    public string Folder { get; init; } = "/";

    /// <summary>The same command as an argument of another program, such as ionice.</summary>
    public HostCommand Under(string program, params IReadOnlyList<string> arguments) =>
        new(program, [.. arguments, Program, .. Arguments]) { Environment = Environment, Folder = Folder };

    public override string ToString() => $"{Program} {string.Join(' ', Arguments)}";
}

/// <summary>How a program ended: its exit code, or 128 and more when a signal ended it.</summary>
public readonly record struct ProgramExit(int Code)
{
    public bool Succeeded => Code == 0;

    /// <summary>In words, e.g. "exit code 2" or "ended by signal 9".</summary>
    public override string ToString() => Code > 128 ? $"ended by signal {Code - 128}" : $"exit code {Code}";
}

/// <summary>What a finished program left: its exit, and its output up to a mebibyte each.</summary>
public sealed record ProgramResult(ProgramExit Exit, string Output, string ErrorOutput)
{
    /// <summary>The first thing it complained about, else how it ended.</summary>
    public string Complaint => ErrorOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault() ?? Exit.ToString();
}
