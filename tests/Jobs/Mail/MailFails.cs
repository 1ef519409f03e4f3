using Microsoft.Extensions.Time.Testing;
using VzDump.Jobs.Mail;
using VzDump.Jobs.Runs;

namespace VzDump.Tests.Jobs.Mail;

public sealed class MailFails : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 3, 0, 0, TimeSpan.Zero));

    private string Inbox => Path.Combine(_folder.Path, "inbox");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_server_that_cannot_take_it_now_is_tried_again_and_the_mail_comes_once()
    {
        using var server = await SmtpServer.StartAsync(Inbox);
        server.Steer("data", "451 4.3.0 come back later", "421 4.3.2 closing");
        await using var product = await StartAsync(server.Port);
        var id = await product.RunAsync();

        Assert.Equal("WARN: mail to admin@example.org could not be sent yet: 127.0.0.1:" + server.Port + " cannot take it now: 451 4.3.0 come back later; tried again in 1 minutes", Assert.Single(await product.ToldAsync(id)));
        await AdvanceAsync(product, id, TimeSpan.FromMinutes(1), lines: 2);
        var told = await AdvanceAsync(product, id, TimeSpan.FromMinutes(5), lines: 3);

        Assert.Equal("INFO: mail sent to admin@example.org", told[^1]);
        Assert.Equal(1, server.Count);
    }

    [Fact]
    public async Task A_server_that_is_down_is_given_up_after_growing_pauses_and_the_run_is_none_the_worse()
    {
        int port;
        using (var server = await SmtpServer.StartAsync(Inbox))
        {
            port = server.Port;
        }

        await using var product = await StartAsync(port);
        var id = await product.RunAsync();
        await product.ToldAsync(id);
        foreach (var (index, minutes) in ((int[])[1, 5, 15, 60, 240]).Index())
        {
            await AdvanceAsync(product, id, TimeSpan.FromMinutes(minutes), lines: index + 2);
        }

        var told = await product.ToldAsync(id, 6);
        Assert.EndsWith("given up after 6 tries", told[^1], StringComparison.Ordinal);
        Assert.All(told, line => Assert.Contains("cannot be reached", line, StringComparison.Ordinal));
        Assert.Equal((RunState.Succeeded, null), ((await product.FindAsync(id)).State, (await product.FindAsync(id)).Error));
        await Product.EventuallyAsync(() => Task.FromResult(Directory.GetFiles(Path.Combine(_folder.Path, "mail")).Length == 0), () => "The note of the mail stayed.");
    }

    [Fact]
    public async Task Of_several_recipients_one_may_be_refused_another_deferred_and_the_third_has_its_mail_at_once()
    {
        using var server = await SmtpServer.StartAsync(Inbox);
        server.Steer("refuse", "gone@example.org");
        server.Steer("rcpt", "450 4.2.1 the mailbox is busy");
        await using var product = await StartAsync(server.Port, ["busy@example.org", "gone@example.org", "here@example.org"]);
        var id = await product.RunAsync();

        await product.ToldAsync(id, 3);
        Assert.Equal(["here@example.org"], (await server.ReceivedAsync()).Envelope.To);
        var told = await AdvanceAsync(product, id, TimeSpan.FromMinutes(1), lines: 4);

        Assert.Equal(
            [
                "WARN: mail to gone@example.org could not be sent: 550 5.1.1 nobody of that name lives here",
                "INFO: mail sent to here@example.org",
                "WARN: mail to busy@example.org could not be sent yet: 450 4.2.1 the mailbox is busy; tried again in 1 minutes",
                "INFO: mail sent to busy@example.org",
            ],
            told);
        Assert.Equal(["busy@example.org"], (await server.ReceivedAsync(2)).Envelope.To);
    }

    [Theory]
    [InlineData("554 5.7.1 no mail from you", "refuses it: 554 5.7.1 no mail from you")]
    [InlineData("552 5.3.4 too big", "refuses it: 552 5.3.4 too big")]
    public async Task A_refusal_for_good_is_told_and_not_tried_again(string answer, string told)
    {
        using var server = await SmtpServer.StartAsync(Inbox);
        server.Steer("data", answer);
        await using var product = await StartAsync(server.Port);

        Assert.EndsWith(told, Assert.Single(await product.ToldAsync(await product.RunAsync())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_hangs_is_left_after_the_limit_and_the_next_backup_does_not_wait()
    {
        using var server = await SmtpServer.StartAsync(Inbox);
        server.Steer("hang");
        await using var product = await MailedProduct.StartAsync(_folder, options =>
        {
            (options.Server, options.Port) = ("127.0.0.1", server.Port);
            options.Timeout = TimeSpan.FromSeconds(3);
        });
        var id = await product.RunAsync();
        await product.RunAsync();

        Assert.Contains("did not finish within 3 seconds", (await product.ToldAsync(id))[0], StringComparison.Ordinal);
        server.Release("hang");
    }

    [Fact]
    public async Task Mail_that_was_not_sent_when_the_program_ended_is_sent_by_the_next_one_to_those_who_lack_it()
    {
        using var server = await SmtpServer.StartAsync(Inbox);
        server.Steer("rcpt", "450 4.2.1 the mailbox is busy");
        await using (var product = await StartAsync(server.Port, ["busy@example.org", "here@example.org"]))
        {
            await product.ToldAsync(await product.RunAsync(), 2);
        }

        await using var next = await StartAsync(server.Port, ["busy@example.org", "here@example.org"]);

        Assert.Equal(["busy@example.org"], (await server.ReceivedAsync(2)).Envelope.To);
    }

    [Fact]
    public async Task A_run_that_a_crash_interrupted_has_its_mail_at_the_next_start()
    {
        using var server = await SmtpServer.StartAsync(Inbox);
        Guid id;
        await using (var product = await StartAsync(port: 1))
        {
            id = await product.RunAsync();
            await product.ToldAsync(id);
        }

        // As after a kill: the note is there, and nothing else was done.
        await File.WriteAllBytesAsync(Path.Combine(_folder.Path, "mail", id.ToString("D")), []);
        await File.WriteAllBytesAsync(Path.Combine(_folder.Path, "mail", Guid.NewGuid().ToString("D")), []);

        await using var next = await StartAsync(server.Port);

        Assert.Equal(["admin@example.org"], (await server.ReceivedAsync()).Envelope.To);
        await Product.EventuallyAsync(() => Task.FromResult(Directory.GetFiles(Path.Combine(_folder.Path, "mail")).Length == 0), () => "The notes stayed.");
    }

    [Fact]
    public async Task News_of_more_than_two_days_ago_is_not_sent_any_more()
    {
        Guid id;
        await using (var product = await StartAsync(port: 1))
        {
            id = await product.RunAsync();
            await product.ToldAsync(id);
        }

        _time.Advance(TimeSpan.FromDays(3));
        await using var next = await StartAsync(port: 1);

        Assert.EndsWith("is not sent any more: the run was over more than two days ago", (await next.ToldAsync(id, 2))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_note_that_cannot_be_written_does_not_keep_the_mail_nor_the_run()
    {
        using var server = await SmtpServer.StartAsync(Inbox);
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "mail"), "a file where the folder should be");
        await using var product = await StartAsync(server.Port);
        await product.RunAsync();

        Assert.Equal(["admin@example.org"], (await server.ReceivedAsync()).Envelope.To);
    }

    private Task<Product> StartAsync(int port, string[]? to = null) => MailedProduct.StartAsync(_folder, options => (options.Server, options.Port) = ("127.0.0.1", port), to, time: _time);

    // The pause begins a moment after its line is written; time that passes before does not count, and is passed once more. Not at once: time
    // that passes during a try counts against its limit.
    private async Task<IReadOnlyList<string>> AdvanceAsync(Product product, Guid run, TimeSpan pause, int lines)
    {
        for (var passed = 0; passed < 5; passed++)
        {
            _time.Advance(pause);
            for (var waited = 0; waited < 100; waited++)
            {
                if ((await product.ToldAsync(run)).Count >= lines)
                {
                    return await product.ToldAsync(run, lines);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
            }
        }

        return await product.ToldAsync(run, lines);
    }
}
