using CsCheck;

namespace VzDump.Tests.Engine.Configuration;

/// <summary>Texts that look like configuration files of some kind, broken ones too.</summary>
internal static class FileText
{
    private static readonly string[] Pieces =
    [
        "cores: 1", "cores:2", " cores : 3", "mode: stop", "# comment", "#", "#a%20b", "[snap]", "[PENDING]", "[", "dir: local", "vzdump: backup-1", "vzdump: backup-2", "\tpath /x",
        "    storage nas", "\tdisable", "\t", "nonsense", ":", "=", "pool:web:c:100,x:local:", "0 3 * * 6 root vzdump 101 --quiet 1", "PATH=\"/bin\"", "é漢😀", "\u0001\u0000", "",
    ];

    /// <summary>With every kind of line end, also none at the end.</summary>
    public static Gen<string> Any { get; } = Gen.Select(Gen.Int[0, Pieces.Length - 1], Gen.Int[0, 5])
        .Select((piece, end) => Pieces[piece] + (end switch { 0 => "\r\n", 1 => "\n\n", _ => "\n" }))
        .Array[0, 10]
        .SelectMany(lines => Gen.Bool.Select(ends => ends ? string.Concat(lines) : string.Concat(lines).TrimEnd('\n')));

    /// <summary>A value that a line can hold.</summary>
    public static Gen<string> Value { get; } = Gen.OneOf(Gen.String, Gen.Char['!', '~'].Array[1, 8].Select(letters => new string(letters)))
        .Select(text => string.Concat(text.Where(letter => letter is not ('\n' or '\r' or '\0'))).Trim()).Where(text => text.Length > 0);
}
