using VzDump.Web.Queue;
using VzDump.Web.Runs;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = ContentRoot.Find() });
builder.WebHost.UseStaticWebAssets();
var data = builder.UseDataFolder();
builder.UseLogs(data);
builder.Services.AddDoors(data).AddShell(data).AddSignIn(data).AddSubjects();

var app = builder.Build();
app.UseShell().UseSignIn();
app.MapShell();
app.MapSignIn();
app.MapRuns();
app.MapQueue();

if (!app.Services.TryClaimDataFolder())
{
    return 1;
}

await app.Services.PreparePeopleAsync();
await app.Services.PrepareDoorsAsync();
return await app.RunDashboardAsync();

public sealed partial class Program;
