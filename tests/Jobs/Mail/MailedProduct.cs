using Microsoft.Extensions.DependencyInjection;
using VzDump.Engine.Backups;
using VzDump.Engine.Host;
using VzDump.Engine.Notifications;
using VzDump.Jobs.Mail;
using VzDump.Jobs.Runs;

namespace VzDump.Tests.Jobs.Mail;

/// <summary>The product as it tells somebody of its runs.</summary>
internal static class MailedProduct
{
    public static Task<Product> StartAsync(
        TemporaryFolder folder, Action<MailOptions> mail, string[]? to = null, MailNotification when = MailNotification.Always, TimeProvider? time = null, IReadOnlyList<string>? programs = null,
        Action<IServiceCollection>? more = null) =>
        Product.StartAsync(folder, more: services =>
        {
            services.Configure(mail);
            more?.Invoke(services);
            services.AddSingleton<FindNotificationRule>((_, _) => Task.FromResult(new NotificationRule(to ?? ["admin@example.org"], when, "backup@example.org", "pve1.example.org", null)));
            if (time is not null)
            {
                services.AddSingleton(time);
            }

            if (programs is not null)
            {
                services.AddSingleton(new HostPrograms(programs));
            }
        });

    /// <summary>A whole run with one guest.</summary>
    public static async Task<Guid> RunAsync(this Product product, string name = "web", string? error = null, string says = "all is well", RunState state = RunState.Succeeded)
    {
        var id = await product.StartRunAsync(101);
        Play play;
        try
        {
            play = await product.Stage.NextAsync();
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"The run did not begin: {await product.FindAsync(id)}", late);
        }

        play.Plan(101);
        play.Begin(101);
        play.Say("Starting Backup of VM 101 (lxc)", 101);
        play.Say(says, 101, error is null ? LogLevel.Info : LogLevel.Error);
        play.Finish(101, error is null ? new TaskOutcome.Done($"/dump/{name}.tar.zst", 4711, TimeSpan.FromSeconds(3)) : new TaskOutcome.Failed(error, TimeSpan.FromSeconds(3)));
        if (error is null)
        {
            play.Succeed();
        }
        else
        {
            play.Fail(RunResult.JobErrors);
        }

        await product.WaitForAsync(id, error is null ? state : RunState.Failed);
        return id;
    }

    /// <summary>What the run's log says of its mail, once it says so many lines.</summary>
    public static async Task<IReadOnlyList<string>> ToldAsync(this Product product, Guid run, int lines = 1)
    {
        IReadOnlyList<string> told = [];
        await Product.EventuallyAsync(
            async () => (told = await product.Feed.WatchAsync(run, 0, CancellationToken.None).SelectMany(update => update.NewLines).Where(line => line.Guest is null && line.Text.StartsWith("mail", StringComparison.Ordinal))
                .Select(line => $"{line.Level.VzdumpName}: {line.Text}").ToListAsync()).Count >= lines,
            () => $"The log says {string.Join(" | ", told)}");
        return told;
    }
}
