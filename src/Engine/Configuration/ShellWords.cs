using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace VzDump.Engine.Configuration;

/// <summary>Words as a POSIX shell takes them: split at blanks, quoted where that matters. Nothing is ever expanded or run.</summary>
public static class ShellWords
{
    private const string NeedsNoQuotes = "_-+=:,./@%";
    private const string MeansSomethingElse = "$`;&|<>()";

    /// <summary>The word so that a shell reads it back exactly.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || NeedsNoQuotes.Contains(letter, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    /// <summary>Splits a line in which only blanks, quotes and backslashes mean something; null when a quote is not closed.</summary>
    public static IReadOnlyList<string>? SplitLiterally(string line) => TrySplit(line, isLiteral: true, out var words, out _) ? words : null;

    /// <summary>Splits a line. What only a running shell could answer (<c>$HOME</c>, <c>;</c>, <c>|</c> …) is refused where it is not quoted.</summary>
    // e.g. vzdump 101 --exclude-path '/a b' --notes-template "it's {{guestname}}"
    public static bool TrySplit(string line, [NotNullWhen(true)] out IReadOnlyList<string>? words, [NotNullWhen(false)] out string? problem) =>
        TrySplit(line, isLiteral: false, out words, out problem);

    private static bool TrySplit(string line, bool isLiteral, [NotNullWhen(true)] out IReadOnlyList<string>? words, [NotNullWhen(false)] out string? problem)
    {
        var found = new List<string>();
        (words, problem) = (null, null);
        StringBuilder? word = null;
        for (var at = 0; at < line.Length; at++)
        {
            var letter = line[at];
            switch (letter)
            {
                case ' ' or '\t' or '\n' or '\r':
                    Finish();
                    break;
                case '#' when word is null && !isLiteral: // a comment, up to the end of its line
                    at = line.IndexOf('\n', at) is var end and >= 0 ? end : line.Length;
                    break;
                case '\'':
                    var close = line.IndexOf('\'', at + 1);
                    if (close < 0)
                    {
                        problem = $"The quote at character {at + 1} is not closed.";
                        return false;
                    }

                    (word ??= new StringBuilder()).Append(line, at + 1, close - at - 1);
                    at = close;
                    break;
                case '"':
                    if (!TryReadDoubleQuoted(line, isLiteral, ref at, word ??= new StringBuilder(), out problem))
                    {
                        return false;
                    }

                    break;
                case '\\':
                    at++;
                    if (at == line.Length)
                    {
                        problem = "The line ends with a backslash.";
                        return false;
                    }

                    if (line[at] is not '\n')
                    {
                        (word ??= new StringBuilder()).Append(line[at]);
                    }

                    break;
                case '~' when word is null && !isLiteral:
                case var _ when !isLiteral && MeansSomethingElse.Contains(letter, StringComparison.Ordinal):
                    problem = $"'{letter}' at character {at + 1} means something to a shell, and no shell runs here. Put the word in single quotes.";
                    return false;
                default:
                    (word ??= new StringBuilder()).Append(letter);
                    break;
            }
        }

        Finish();
        words = found;
        return true;

        void Finish()
        {
            if (word is not null)
            {
                found.Add(word.ToString());
                word = null;
            }
        }
    }

    // e.g. "say \"hello\" to \$HOME"; before any other letter the backslash is one
    private static bool TryReadDoubleQuoted(string line, bool isLiteral, ref int at, StringBuilder word, [NotNullWhen(false)] out string? problem)
    {
        var open = at;
        problem = null;
        for (at++; at < line.Length; at++)
        {
            switch (line[at])
            {
                case '"':
                    return true;
                case '\\' when at + 1 < line.Length && line[at + 1] is '$' or '`' or '"' or '\\' or '\n':
                    at++;
                    if (line[at] is not '\n')
                    {
                        word.Append(line[at]);
                    }

                    break;
                case '$' or '`' when !isLiteral:
                    problem = $"'{line[at]}' at character {at + 1} means something to a shell, and no shell runs here. Put the word in single quotes.";
                    return false;
                default:
                    word.Append(line[at]);
                    break;
            }
        }

        problem = $"The quote at character {open + 1} is not closed.";
        return false;
    }
}
