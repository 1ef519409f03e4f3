using VzDump.Web.SignIn;

namespace VzDump.Web.Shell;

/// <summary>What the console shows once the dashboard can be reached. The one-time code goes here and nowhere else, above all into no log file.</summary>
internal sealed class Greeting(Installation installation, DataFolder data)
{
    public async Task WriteAsync(ICollection<string> addresses, TextWriter console)
    {
        var address = addresses.FirstOrDefault() ?? "http://127.0.0.1:8017";
        await console.WriteLineAsync();
        await console.WriteLineAsync($"  VzDump.Web is ready:   {string.Join("  ", addresses)}");
        await console.WriteLineAsync($"  Data folder:           {data.Path}");
        if (await installation.IssueCodeAsync() is { } code)
        {
            await console.WriteLineAsync();
            await console.WriteLineAsync($"  First start: open      {address}/welcome");
            await console.WriteLineAsync($"  One-time code:         {code}");
            await console.WriteLineAsync("  It makes the administrator and is good until this program ends.");
        }

        await console.WriteLineAsync();
        await console.FlushAsync();
    }
}
