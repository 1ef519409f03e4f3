using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace VzDump.Tests.EndToEnd;

/// <summary>One dashboard with people of different rights, each with a token, made as a person makes them.</summary>
public sealed class ApiStage : IAsyncLifetime
{
    private readonly Browser _browser = new();

    private Dashboard? _dashboard;

    public Dashboard Dashboard => _dashboard ?? throw new InvalidOperationException("It did not start.");

    public string Administrator { get; private set; } = "";

    /// <summary>The administrator's, with the scope of a viewer.</summary>
    public string AdministratorsViewer { get; private set; } = "";

    public string OperatorOf101 { get; private set; } = "";

    public string Viewer { get; private set; } = "";

    public string Expired { get; private set; } = "";

    public string OfDisabled { get; private set; } = "";

    /// <summary>Of the administrator's browser.</summary>
    public string Cookies { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await _browser.InitializeAsync();
        _dashboard = await Dashboard.StartNewAsync();
        var admin = await _browser.VisitAsync(Dashboard);
        await admin.BecomeAdministratorAsync(Dashboard);
        Administrator = await admin.MakeTokenAsync("admin", "Administrator");
        AdministratorsViewer = await admin.MakeTokenAsync("looks", "Viewer");
        Expired = await admin.MakeTokenAsync("old", "Administrator");
        OperatorOf101 = await TokenOfNewAsync(admin, "bert", "Operator", "101");
        Viewer = await TokenOfNewAsync(admin, "carl", "Viewer", null);
        OfDisabled = await TokenOfNewAsync(admin, "dora", "Operator", null);
        Cookies = string.Join("; ", (await admin.Context.CookiesAsync()).Select(cookie => $"{cookie.Name}={cookie.Value}"));

        // Nobody can wait a day in a test.
        await using var database = new SqliteConnection($"Data Source={Dashboard.Folder}/vzdump-web.db");
        await database.OpenAsync();
        await using var command = database.CreateCommand();
        command.CommandText = "UPDATE ApiTokens SET ExpiresAt = CreatedAt WHERE Name = 'old'; UPDATE AspNetUsers SET IsDisabled = 1 WHERE UserName = 'dora'";
        await command.ExecuteNonQueryAsync();

        // It keeps what it knows of people until one is changed: here by somebody whom it does not know of.
        await admin.AddPersonAsync("eve", "Viewer");
    }

    /// <param name="token">Null for a stranger.</param>
    public HttpClient Client(string? token)
    {
        var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(Dashboard.Address), Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>Every call that the API describes, with its method and values for what stands in braces.</summary>
    public async Task<IReadOnlyList<(string Method, string Path)>> CallsAsync()
    {
        using var client = Client(Administrator);
        var document = await client.GetFromJsonAsync<JsonElement>("/api/v1/openapi.json");
        return
        [
            .. from path in document.GetProperty("paths").EnumerateObject()
               from method in path.Value.EnumerateObject()
               where method.Name is "get" or "put" or "post" or "delete"
               select (method.Name.ToUpperInvariant(), path.Name
                   .Replace("{vmid}", "101", StringComparison.Ordinal).Replace("{run}", $"{Guid.Empty}", StringComparison.Ordinal).Replace("{job}", $"{Guid.Empty}", StringComparison.Ordinal)
                   .Replace("{storage}", "local", StringComparison.Ordinal).Replace("{name}", "vzdump-lxc-101-2026_08_22-03_00_00.tar.zst", StringComparison.Ordinal)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        if (_dashboard is not null)
        {
            await _dashboard.DisposeAsync();
        }
    }

    private async Task<string> TokenOfNewAsync(Microsoft.Playwright.IPage admin, string name, string role, string? guests)
    {
        var password = await admin.AddPersonAsync(name, role, guests);
        var page = await _browser.VisitAsync(Dashboard);
        await page.SignInAsync(name, password);
        return await page.MakeTokenAsync($"{name}'s", role);
    }
}
