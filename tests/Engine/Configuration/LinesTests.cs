using CsCheck;
using VzDump.Engine;
using VzDump.Engine.Configuration;

namespace VzDump.Tests.Engine.Configuration;

public sealed class LinesTests
{
    [Fact]
    public void A_file_of_keys_is_written_as_it_was_and_a_change_reads_back_and_touches_no_other_line() => Gen.Select(FileText.Any, FileText.Value.Array[0, 3]).Sample(
        (text, values) =>
        {
            var lines = KeyedLines.Parse(text);
            var changed = lines.With("cores", values);

            Assert.Equal(text, lines.ToString());
            Assert.Equal(values, KeyedLines.Parse(changed.ToString()).Entries.Where(entry => entry.Key == "cores").Select(entry => entry.Value));
            Assert.Equal(Others(text), Others(changed.ToString()));
            Assert.Equal(changed.ToString(), changed.With("cores", values).ToString());
        },
        iter: 3000);

    [Fact]
    public void A_section_file_is_written_as_it_was_and_a_change_reads_back_and_touches_no_other_line() => Gen.Select(FileText.Any, FileText.Value.Array[0, 3]).Sample(
        (text, values) =>
        {
            if (TryParse(text) is not { } lines)
            {
                return;
            }

            var file = lines.Find("backup-1") is null ? lines.WithSection("vzdump", "backup-1") : lines;
            var changed = SectionLines.Parse(file.With("backup-1", "storage", values).ToString(), "x");

            Assert.Equal(text, lines.ToString());
            Assert.Equal(values, changed.Find("backup-1")!.Entries.Where(entry => entry.Key == "storage").Select(entry => entry.Value));
            foreach (var section in lines.Sections.Where(section => section.Id != "backup-1"))
            {
                Assert.Equal(section.Entries.Select(entry => (entry.Key, entry.Value)), changed.Find(section.Id)!.Entries.Select(entry => (entry.Key, entry.Value)));
            }

            var without = SectionLines.Parse(changed.Without("backup-1").ToString(), "x");
            Assert.Equal(lines.Sections.Select(section => section.Id).Where(id => id != "backup-1"), without.Sections.Select(section => section.Id));
            Assert.Equal(text.Split('\n').Count(line => line.TrimStart().StartsWith('#')), without.ToString().Split('\n').Count(line => line.TrimStart().StartsWith('#')));
        },
        iter: 3000);

    [Theory]
    [InlineData("two\nlines")]
    [InlineData("two\rlines")]
    [InlineData(" blank before")]
    [InlineData("blank behind\t")]
    public void A_value_that_would_not_read_back_is_not_written(string value)
    {
        Assert.Contains("'key'", Assert.Throws<ProblemException>(() => KeyedLines.Parse("").With("key", value)).Message, StringComparison.Ordinal);
        Assert.Contains("'key'", Assert.Throws<ProblemException>(() => SectionLines.Parse("dir: a\n", "x").With("a", "key", value)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Free_text_of_every_kind_reads_back_from_one_line() =>
        Gen.String.Where(text => !text.Any(char.IsSurrogate)).Sample(text =>
        {
            var escaped = EscapedText.Escape(text);

            Assert.Equal(text, EscapedText.Unescape(escaped));
            Assert.True(ConfigEntry.IsWritable(escaped));
        });

    [Theory]
    [InlineData("100%", "100%")]
    [InlineData("a%3A%20b", "a: b")]
    [InlineData("Caf%C3%A9", "Café")]
    public void Free_text_as_Proxmox_VE_writes_it_is_read(string text, string meant) => Assert.Equal(meant, EscapedText.Unescape(text));

    private static IEnumerable<string> Others(string text) => text.Split('\n').Where(line => line.Length > 0 && !line.Trim().StartsWith("cores", StringComparison.Ordinal));

    private static SectionLines? TryParse(string text)
    {
        try
        {
            return SectionLines.Parse(text, "x");
        }
        catch (ProblemException problem)
        {
            Assert.Matches("^x, line [0-9]+: ", problem.Message);
            return null;
        }
    }
}
