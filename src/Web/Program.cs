using VzDump.Web.Api;
using VzDump.Web.Archives;
using VzDump.Web.Browsing;
using VzDump.Web.Disks;
using VzDump.Web.Logging;
using VzDump.Web.Queue;
using VzDump.Web.Runs;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = ContentRoot.Find() });
builder.WebHost.UseStaticWebAssets();
var data = builder.UseDataFolder();
builder.UseLogs(data);
var jobs = builder.JobsOptions(data);
builder.Services.AddDoors(jobs).AddShell(data).AddSignIn(jobs).AddApi().AddSubjects();

await using var app = builder.Build();
app.UseShell().UseSignIn();
app.MapShell();
app.MapSignIn();
app.MapRuns();
app.MapArchives();
app.MapBrowsing();
app.MapDisks();
app.MapQueue();
app.MapApi();

return app.Services.TryClaimDataFolder() && await app.Services.TryPrepareAsync() ? await app.RunDashboardAsync() : 1;

public sealed partial class Program;
