using System.Security.Claims;
using AngleSharp.Dom;
using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Jobs;
using VzDump.Jobs.Queueing;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;
using VzDump.Web.Logging;
using VzDump.Web.OptionForms;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Tests.bUnit;

/// <summary>Pages with the real services over a node in a folder: a container 101, a machine 100, a storage; no run ever works.</summary>
public abstract class NodePage : Page, IAsyncLifetime
{
    private BunitAuthorizationContext? _visitor;

    protected NodePage()
        : this(Directory.CreateTempSubdirectory("vzdump-pages-").FullName)
    {
    }

    private NodePage(string folder)
        : base(page => AddNode((NodePage)page, folder)) => Folder = folder;

    protected static CancellationToken Cancellation => Xunit.TestContext.Current.CancellationToken;

    protected static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    protected string Folder { get; }

    protected BackupJobs Jobs => Services.GetRequiredService<BackupJobs>();

    protected BunitNavigationManager Navigation => Services.GetRequiredService<BunitNavigationManager>();

    public async ValueTask InitializeAsync()
    {
        Write("storage.cfg", $"dir: local\n\tpath {Folder}/local\n\tcontent backup\n\tprune-backups keep-last=1\n\nnfs: nas\n\tpath {Folder}/nowhere\n\tcontent backup\n\tnodes elsewhere\n");
        Write("lxc/101.conf", "hostname: web\n");
        Write("qemu-server/100.conf", "name: mail\n");
        Write("user.cfg", "pool:shop::101,777::\n");
        Directory.CreateDirectory(Path.Combine(Folder, "local/dump"));
        await Services.GetRequiredService<RunRecovery>().StartAsync(Cancellation);
        await Services.PreparePeopleAsync();
        await SignInAsync("ada", Role.Administrator);
    }

    /// <summary>Makes this person, who looks at the page from now on.</summary>
    /// <param name="guests">Null for all.</param>
    protected async Task SignInAsync(string name, Role role, string? guests = null)
    {
        var person = new Person { UserName = name, NormalizedUserName = name.ToUpperInvariant(), Role = role, Guests = guests, SecurityStamp = "stamp" };
        using (var scope = Services.CreateScope())
        {
            var people = scope.ServiceProvider.GetRequiredService<PeopleDbContext>();
            people.Users.Add(person);
            await people.SaveChangesAsync(Cancellation);
        }

        _visitor!.SetAuthorized(name);
        _visitor.SetClaims(new Claim(ClaimTypes.NameIdentifier, person.Id), new Claim(new ClaimsIdentityOptions().SecurityStampClaimType, person.SecurityStamp));
        _visitor.SetPolicies(role is Role.Administrator ? [Policies.ViewNode, Policies.Administer] : [Policies.ViewNode]);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        Directory.Delete(Folder, recursive: true);
    }

    private static void AddNode(NodePage page, string folder)
    {
        page.Services.AddLogging();
        page.Services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        page.Services.AddSingleton<RunBackup>((_, _, _, _) => Task.FromResult(new RunResult([], null)));
        page.Services.AddEngine(folder).Configure<EngineOptions>(options =>
        {
            options.ProxmoxFolder = Path.Combine(folder, "no-proxmox-here");
            options.NodeLock = Path.Combine(folder, "node.lock");
            options.LxcFolders = [Path.Combine(folder, "lxc-native")];
        });
        var jobs = new JobsOptions { DataFolder = folder };
        page.Services.AddJobs(jobs).AddSignIn(jobs).AddSubjects().AddSingleton(new KnownSecrets()).AddSingleton<IDataProtectionProvider, EphemeralDataProtectionProvider>();
        page._visitor = page.AddAuthorization();
    }

    /// <summary>For what is no rendering, such as where a page has led to: bUnit looks only when something is drawn.</summary>
    protected static async Task EventuallyAsync(Func<bool> isSo, string otherwise)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, otherwise);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        }
    }

    /// <summary>Presses a button of the dialog that opens.</summary>
    protected static Task AnswerAsync(IRenderedComponent<MudDialogProvider> dialogs, string answer)
    {
        dialogs.WaitForState(() => dialogs.FindAll("button").Any(IsIt), Patience);
        return dialogs.InvokeAsync(() => dialogs.FindAll("button").First(IsIt).ClickAsync());

        bool IsIt(IElement button) => button.TextContent.Contains(answer, StringComparison.Ordinal);
    }

    protected void Write(string file, string text)
    {
        var path = Path.Combine(Folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    protected void WriteArchive(int guest, string time, int bytes, string kind = "lxc", string end = "tar.zst") =>
        File.WriteAllBytes(Path.Combine(Folder, $"local/dump/vzdump-{kind}-{guest}-{time}.{end}"), new byte[bytes]);

    protected async Task<SavedJob> SaveAsync(string name = "nightly", string? schedule = "02:30", bool enabled = true, BackupSettings? settings = null, params IReadOnlyList<int> guests) =>
        Assert.IsType<SaveOutcome.Saved>(await Jobs.CreateAsync(
            new JobDraft
            {
                Name = name,
                Schedule = schedule,
                Enabled = enabled,
                Definition = new BackupJob { Selection = new VzDump.Engine.Guests.GuestSelection.Ids([.. (guests.Count > 0 ? guests : [101]).Select(Make.Id)]), Settings = settings ?? new BackupSettings() },
            },
            "anna",
            Cancellation)).Job;

    protected static OptionContext Context(BackupSettings? conf = null) => new() { Conf = conf ?? new BackupSettings(), Storages = [Make.Storage()], Own = "this job" };

    // Pages here are live: what is found may be drawn anew before it is pressed, unless both happen in one turn of the page.
    protected static async Task TypeAsync<TPage>(IRenderedComponent<TPage> page, string field, string text)
        where TPage : Microsoft.AspNetCore.Components.IComponent =>
        await page.InvokeAsync(() => page.Find(field).InputAsync(text));

    protected static async Task ChooseAsync<TPage>(IRenderedComponent<TPage> page, string field, object value)
        where TPage : Microsoft.AspNetCore.Components.IComponent =>
        await page.InvokeAsync(() => page.Find(field).ChangeAsync(value));

    protected static async Task PressAsync<TPage>(IRenderedComponent<TPage> page, string button, int number = 0)
        where TPage : Microsoft.AspNetCore.Components.IComponent =>
        await page.InvokeAsync(() => page.FindAll(button)[number].ClickAsync());

    // Not awaited to its end: it may ask something first.
    protected static async Task SubmitAsync<TPage>(IRenderedComponent<TPage> page)
        where TPage : Microsoft.AspNetCore.Components.IComponent =>
        await page.InvokeAsync(() => { _ = page.Find("form").SubmitAsync(); });
}
