using System.Text;
using CsCheck;
using VzDump.Engine.Backups;
using VzDump.Engine.Notifications;

namespace VzDump.Tests.Engine.Notifications;

public sealed class RunReportTests
{
    private static readonly BackupEvent.Logged[] Log =
    [
        Reports.Line(null, "starting new backup job: vzdump 101 102 --mode stop"),
        Reports.Line(101, "Starting Backup of VM 101 (lxc)"),
        Reports.Line(101, "file changed as we read it", LogLevel.Warn),
        Reports.Line(102, "Backup of VM 102 failed - no space left", LogLevel.Error),
        Reports.Line(null, "Backup job finished with errors", LogLevel.Error),
    ];

    [Fact]
    public async Task The_text_has_a_table_with_totals_and_the_logs_after_the_command_line() =>
        Assert.Equal(
            """
            VMID       NAME STATUS       TIME       SIZE FILENAME
            101        web  ok       00:01:07     1.50GB /dump/vzdump-lxc-101-2026_11_22-03_00_00.tar.zst
            102        mail err      00:00:11          - no space left
            TOTAL                    00:01:18     1.50GB

            Detailed backup logs:

            vzdump 101 102 --mode stop

            Nov 22 03:00:01 INFO: starting new backup job: vzdump 101 102 --mode stop

            101: Nov 22 03:00:01 INFO: Starting Backup of VM 101 (lxc)
            101: Nov 22 03:00:01 WARN: file changed as we read it

            102: Nov 22 03:00:01 ERROR: Backup of VM 102 failed - no space left

            Nov 22 03:00:01 ERROR: Backup job finished with errors

            """,
            await Reports.TextAsync(Reports.Of([Reports.Ok(), Reports.Failed()], Log)));

    [Fact]
    public async Task The_HTML_has_the_same_with_warnings_and_errors_in_red() =>
        Assert.Equal(
            """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>vzdump backup status (pve1.example.org) : backup failed</title></head><body>
            <table border="1" cellpadding="3" style="border-collapse:collapse">
            <tr><th>VMID</th><th>NAME</th><th>STATUS</th><th>TIME</th><th>SIZE</th><th>FILENAME</th></tr>
            <tr><td>101</td><td>web</td><td>ok</td><td>00:01:07</td><td align="right">1.50GB</td><td>/dump/vzdump-lxc-101-2026_11_22-03_00_00.tar.zst</td></tr>
            <tr><td>102</td><td>mail</td><td><span style="color:#b00020">err</span></td><td>00:00:11</td><td align="right">-</td><td>no space left</td></tr>
            <tr><td colspan="3">TOTAL</td><td>00:01:18</td><td align="right">1.50GB</td><td></td></tr>
            </table>
            <p>Detailed backup logs:</p>
            <pre>
            vzdump 101 102 --mode stop

            Nov 22 03:00:01 INFO: starting new backup job: vzdump 101 102 --mode stop

            101: Nov 22 03:00:01 INFO: Starting Backup of VM 101 (lxc)
            <span style="color:#b00020">101: Nov 22 03:00:01 WARN: file changed as we read it</span>

            <span style="color:#b00020">102: Nov 22 03:00:01 ERROR: Backup of VM 102 failed - no space left</span>

            <span style="color:#b00020">Nov 22 03:00:01 ERROR: Backup job finished with errors</span>
            </pre>
            </body></html>

            """,
            await Reports.HtmlAsync(Reports.Of([Reports.Ok(), Reports.Failed()], Log)));

    [Theory]
    [InlineData(false, new string[0], "vzdump backup status (pve1.example.org) : backup successful")]
    [InlineData(true, new string[0], "vzdump backup status (pve1.example.org) : backup failed")]
    [InlineData(false, new[] { "tmpdir '/x' does not exist" }, "vzdump backup status (pve1.example.org) : backup failed: tmpdir '/x' does not exist")]
    [InlineData(true, new[] { "one", "two" }, "vzdump backup status (pve1.example.org) : backup failed: multiple problems")]
    [InlineData(true, new[] { "one\nBcc: all@example.org" }, "vzdump backup status (pve1.example.org) : backup failed: multiple problems")]
    [InlineData(true, new[] { "tab\tbell\anul\0\n" }, "vzdump backup status (pve1.example.org) : backup failed: tab bell\ufffdnul\ufffd")]
    public void The_subject_says_how_it_ended(bool oneFailed, string[] problems, string subject) =>
        Assert.Equal(subject, (Reports.Of(oneFailed ? [Reports.Ok(), Reports.Failed()] : [Reports.Ok()]) with { Problems = problems }).Subject);

    [Fact]
    public void A_guest_whose_turn_never_came_is_a_failure() =>
        Assert.True(Reports.Of([Reports.Failed() with { Status = ReportedStatus.Todo, Error = "aborted" }]).Failed);

    [Fact]
    public async Task Problems_of_the_run_stand_first_in_both_parts()
    {
        var report = Reports.Of([]) with { Problems = ["storage 'nas' is not mounted\nand <b>tmpdir</b> is missing"] };

        Assert.StartsWith("storage 'nas' is not mounted\nand <b>tmpdir</b> is missing\n\nVMID", await Reports.TextAsync(report), StringComparison.Ordinal);
        Assert.Contains("<body>\n<p>storage &#39;nas&#39; is not mounted</p>\n<p>and &lt;b&gt;tmpdir&lt;/b&gt; is missing</p>\n<table", await Reports.HtmlAsync(report), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_of_a_guest_gets_out_of_its_place()
    {
        const string hostile = "<script>alert(1)</script>\r\n.\r\nBcc: all@example.org\0\u202e\ud800&amp;\"";
        var report = Reports.Of([Reports.Ok(name: hostile), Reports.Failed(error: hostile)], Reports.Line(101, hostile), Reports.Line(102, hostile, LogLevel.Error));

        var (text, html) = (await Reports.TextAsync(report), await Reports.HtmlAsync(report));

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", html, StringComparison.Ordinal);
        Assert.All(text.Split('\n').Concat(html.Split('\n')), line =>
        {
            Assert.DoesNotContain(line, char.IsControl);
            Assert.DoesNotContain('\u202e', line);
            Assert.False(line.StartsWith("Bcc", StringComparison.Ordinal) || line == ".");
        });
    }

    [Fact]
    public Task No_line_is_longer_than_mail_allows_and_every_character_arrives() =>
        Gen.Select(Gen.OneOf(Gen.String, Gen.String.Array[0, 200].Select(string.Concat), Gen.Char["<>&\"'ä€\ud83d"].Array[0, 5000].Select(letters => new string(letters))), Gen.Bool).SampleAsync(
            async (said, bad) =>
            {
                var report = Reports.Of([Reports.Failed(error: said)], Reports.Line(101, said, bad ? LogLevel.Error : LogLevel.Info));
                var (text, html) = (await Reports.TextAsync(report), await Reports.HtmlAsync(report));

                Assert.All(text.Split('\n').Concat(html.Split('\n')), line => Assert.InRange(Encoding.UTF8.GetByteCount(line), 0, 990));
                var shown = PlainText.OneLine(said, int.MaxValue);
                Assert.Contains(shown, text.Replace("\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
                Assert.Contains(shown, System.Net.WebUtility.HtmlDecode(html.Replace("\n", "", StringComparison.Ordinal)), StringComparison.Ordinal);
            },
            iter: 200);

    [Fact]
    public async Task A_line_of_100_kilobytes_is_folded()
    {
        var text = await Reports.TextAsync(Reports.Of([Reports.Ok()], Reports.Line(101, new string('y', 100_000))));

        Assert.Equal(100_000, text.Count(letter => letter == 'y'));
        Assert.Equal(990, text.Split('\n').Max(line => line.Length));
    }

    [Fact]
    public async Task A_log_above_a_mebibyte_is_replaced_by_where_it_can_be_read_and_the_others_stay()
    {
        var lines = Enumerable.Repeat(Reports.Line(101, new string('x', 1000)), 1100).Append(Reports.Line(102, "short")).ToArray();
        var report = Reports.Of([Reports.Ok(), Reports.Ok(102), Reports.Ok(103)], lines) with { LogPlace = "at https://pve1/runs/1" };

        foreach (var part in new[] { await Reports.TextAsync(report), await Reports.HtmlAsync(report) })
        {
            Assert.DoesNotContain("xxx", part, StringComparison.Ordinal);
            Assert.Contains("102: Nov 22 03:00:01 INFO: short\n101: this log (1MB) is too long for mail; it can be read at https://pve1/runs/1.\n103: no log available\n", part, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task When_all_logs_together_are_too_long_those_of_failed_guests_come_first()
    {
        var half = Enumerable.Range(101, 3).SelectMany(guest => Enumerable.Repeat(Reports.Line(guest, new string('x', 1000)), 600)).ToArray();

        var text = await Reports.TextAsync(Reports.Of([Reports.Ok(), Reports.Ok(102), Reports.Failed(103)], half));

        Assert.Contains("103: Nov 22", text, StringComparison.Ordinal);
        Assert.Contains("101: this log (602KB) is too long", text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 1, ReportLogs.Limit);
    }

    [Fact]
    public async Task A_huge_log_is_never_whole_in_memory()
    {
        // 300 MB of lines, made as they are read; a list of them would not fit into what is allowed here.
        var line = Reports.Line(101, new string('x', 100_000));
        var report = Reports.Of([Reports.Ok()]) with { Log = _ => Enumerable.Repeat(line, 3000).ToAsyncEnumerable() };
        var before = GC.GetAllocatedBytesForCurrentThread();

        var writing = Reports.TextAsync(report);

        Assert.True(writing.IsCompleted); // on this thread, whose memory is measured
        Assert.InRange((await writing).Length, 1, 10_000);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000);
    }
}
