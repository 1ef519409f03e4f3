using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace VzDump.Bench;

/// <summary>The real program on a data folder, with its administrator signed in.</summary>
internal sealed partial class DashboardProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly CookieContainer _cookies = new();
    private string? _code;
    private string? _guard;

    private DashboardProcess(Process process) => _process = process;

    public string Address { get; private set; } = "";

    /// <summary>Signed in after <see cref="StartAsync"/>.</summary>
    public HttpClient Client { get; private set; } = new();

    public string Cookies => string.Join("; ", _cookies.GetAllCookies().Select(cookie => $"{cookie.Name}={cookie.Value}"));

    public static async Task<DashboardProcess> StartAsync(string data, CancellationToken cancellation)
    {
        var program = Path.Combine(AppContext.BaseDirectory.Replace("/bench/", "/src/Web/", StringComparison.Ordinal), "VzDump.Web.dll");
        var dashboard = new DashboardProcess(Process.Start(new ProcessStartInfo("dotnet",
        [
            program, "--urls", "http://127.0.0.1:0", "--data", data, $"--Engine:ProxmoxFolder={data}/no-proxmox-here", $"--Engine:NodeLock={data}/node.lock",
            $"--Engine:LxcFolders:0={data}/lxc-native", "--Limits:CallsPerMinute=1000000", "--Limits:SignInsPerMinute=1000",
        ])
        { RedirectStandardOutput = true, UseShellExecute = false, WorkingDirectory = "/" })!);
        while (await dashboard._process.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            dashboard.Address = AddressLine().Match(line) is { Success: true } address ? address.Groups["url"].Value : dashboard.Address;
            dashboard._code = CodeLine().Match(line) is { Success: true } code ? code.Groups["code"].Value : dashboard._code;
            if (dashboard.Address.Length > 0 && line.Trim().Length == 0 && dashboard._code is not null)
            {
                break;
            }
        }

        _ = Task.Run(async () => await dashboard._process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None), CancellationToken.None);
        dashboard.Client = new HttpClient(new HttpClientHandler { CookieContainer = dashboard._cookies }) { BaseAddress = new Uri(dashboard.Address) };
        await dashboard.SignUpAsync(cancellation);
        return dashboard;
    }

    /// <summary>In bytes: now, and the most that it ever was.</summary>
    public (long Now, long Most) Resident()
    {
        var lines = File.ReadAllLines($"/proc/{_process.Id}/status");
        return (Kib("VmRSS:"), Kib("VmHWM:"));

        long Kib(string key) => 1024 * long.Parse(lines.First(line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }

    /// <summary>Starts a backup, given as a vzdump command.</summary>
    public async Task<Guid> RunAsync(string command, CancellationToken cancellation)
    {
        _guard ??= (await Client.GetFromJsonAsync<JsonElement>("/api/v1/antiforgery", cancellation)).GetProperty("token").GetString();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/runs") { Content = JsonContent.Create(new { command }), Headers = { { "RequestVerificationToken", _guard } } };
        using var answer = await Client.SendAsync(request, cancellation);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation)).GetProperty("run").GetGuid();
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Client.Dispose();
    }

    private async Task SignUpAsync(CancellationToken cancellation)
    {
        var page = await Client.GetStringAsync("/welcome", cancellation);
        using var answer = await Client.PostAsync(
            "/welcome",
            new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["_handler"] = "welcome",
                ["__RequestVerificationToken"] = Token().Match(page).Groups["token"].Value,
                ["Draft.Code"] = _code!,
                ["Draft.Name"] = "ada",
                ["Draft.Password"] = "four words and more",
                ["Draft.Again"] = "four words and more",
            }),
            cancellation);
        (await Client.GetAsync("/api/v1/guests", cancellation)).EnsureSuccessStatusCode();
    }

    [GeneratedRegex(@"is ready:\s+(?<url>http://\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AddressLine();

    [GeneratedRegex(@"One-time code:\s+(?<code>\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeLine();

    [GeneratedRegex(@"name=""__RequestVerificationToken"" value=""(?<token>[^""]+)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();
}
