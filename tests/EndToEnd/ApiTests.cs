using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;

namespace VzDump.Tests.EndToEnd;

/// <summary>The API as programs use it: with tokens of people of different rights, and without.</summary>
public sealed class ApiTests(ApiStage stage) : IClassFixture<ApiStage>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_sign_in_nothing_is_told_and_nothing_is_done()
    {
        using var stranger = stage.Client(null);
        using var forger = stage.Client("vzd_" + new string('A', 40));
        foreach (var (method, path) in await stage.CallsAsync())
        {
            foreach (var client in (HttpClient[])[stranger, forger])
            {
                using var answer = await client.SendAsync(Call(method, path), Cancellation);
                Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized, $"{method} {path}: {answer.StatusCode}");
                Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            }
        }
    }

    [Fact]
    public async Task An_expired_token_and_that_of_a_disabled_person_let_nobody_in()
    {
        foreach (var token in (string[])[stage.Expired, stage.OfDisabled])
        {
            using var client = stage.Client(token);
            foreach (var path in (string[])["/api/v1/guests", "/metrics", "/api/v1/openapi.json"])
            {
                Assert.True((await client.GetAsync(path, Cancellation)).StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, path);
            }

            Assert.False((await client.PostAsync("/hubs/runs/negotiate?negotiateVersion=1", null, Cancellation)).IsSuccessStatusCode);
        }
    }

    [Fact]
    public async Task A_viewers_token_reads_everything_and_changes_nothing()
    {
        using var viewer = stage.Client(stage.Viewer);
        foreach (var (method, path) in await stage.CallsAsync())
        {
            using var answer = await viewer.SendAsync(Call(method, path), Cancellation);
            // As their pages: defaults name folders, scripts and addresses; what is on disks, and what is uploaded, is for who may restore the guest.
            if (method == "GET" && path != "/api/v1/defaults" && !path.Contains("/disks/{disk}/", StringComparison.Ordinal) && !path.Contains("/uploads/", StringComparison.Ordinal))
            {
                Assert.True(answer.StatusCode is not HttpStatusCode.Unauthorized and not HttpStatusCode.Forbidden and not HttpStatusCode.InternalServerError, $"{method} {path}: {answer.StatusCode}");
            }
            else
            {
                Assert.True(answer.StatusCode is HttpStatusCode.Forbidden, $"{method} {path}: {answer.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task An_administrators_token_with_a_small_scope_may_no_more_than_the_scope()
    {
        using var scoped = stage.Client(stage.AdministratorsViewer);
        Assert.Equal("Viewer", (await scoped.GetFromJsonAsync<JsonElement>("/api/v1/me", Cancellation)).GetProperty("role").GetString());
        using var answer = await scoped.PostAsJsonAsync("/api/v1/runs", new { command = "vzdump 101 --storage local" }, Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task An_operator_of_one_guest_is_told_of_no_other_and_can_back_up_no_other()
    {
        using var admin = stage.Client(stage.Administrator);
        using var bert = stage.Client(stage.OperatorOf101);
        var foreign = await RunAsync(admin, "vzdump 100 --storage local --compress zstd --notes-template foreign");
        var both = await RunAsync(admin, "vzdump 100 101 --storage local --compress zstd");

        Assert.Equal([101], (await bert.GetFromJsonAsync<JsonElement>("/api/v1/guests", Cancellation)).EnumerateArray().Select(guest => guest.GetProperty("vmid").GetInt32()));
        Assert.Equal(HttpStatusCode.NotFound, (await bert.GetAsync("/api/v1/guests/100", Cancellation)).StatusCode);
        Assert.DoesNotContain("qemu-100", await bert.GetStringAsync("/api/v1/archives", Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain("vmid=\"100\"", await bert.GetStringAsync("/metrics", Cancellation), StringComparison.Ordinal);
        foreach (var rest in (string[])["", "/log", "/lines"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await bert.GetAsync($"/api/v1/runs/{foreign}{rest}", Cancellation)).StatusCode);
        }

        // Of a run about both he sees his guest, and the lines about it.
        Assert.Equal([101], (await bert.GetFromJsonAsync<JsonElement>($"/api/v1/runs/{both}", Cancellation)).GetProperty("tasks").EnumerateArray().Select(task => task.GetProperty("guest").GetInt32()));
        var lines = await LinesAsync(bert, both);
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.Equal(101, line.GetProperty("guest").GetInt32()));
        Assert.Equal(HttpStatusCode.Conflict, (await bert.PostAsJsonAsync($"/api/v1/runs/{both}/stop", new { kind = "now" }, Cancellation)).StatusCode);

        var other = (await admin.GetFromJsonAsync<JsonElement>("/api/v1/archives?guest=100", Cancellation))[0].GetProperty("name").GetString();
        foreach (var (method, rest, body) in ((HttpMethod, string, object?)[])[(HttpMethod.Get, "", null), (HttpMethod.Get, "/log", null), (HttpMethod.Get, "/config", null), (HttpMethod.Put, "/notes", new { notes = "mine" }), (HttpMethod.Put, "/protected", new { @protected = true })])
        {
            using var call = new HttpRequestMessage(method, $"/api/v1/archives/local/{other}{rest}") { Content = body is null ? null : JsonContent.Create(body) };
            Assert.Equal(HttpStatusCode.NotFound, (await bert.SendAsync(call, Cancellation)).StatusCode);
        }

        foreach (var command in (string[])["vzdump 100 --storage local", "vzdump 100 101 --storage local", "vzdump 101 --script /bin/true", "vzdump 101 --dumpdir /tmp", "vzdump 101 --prune-backups keep-last=1", "vzdump 101 --nonsense 1"])
        {
            using var refused = await bert.PostAsJsonAsync("/api/v1/runs", new { command }, Cancellation);
            Assert.True(refused.StatusCode is HttpStatusCode.BadRequest, $"{command}: {refused.StatusCode}");
            Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        }

        Assert.Equal(HttpStatusCode.Forbidden, (await bert.GetAsync("/api/v1/jobs", Cancellation)).StatusCode);

        // All of them are, for him, his: the engine leaves out the others.
        var mine = await RunAsync(bert, "vzdump --all 1 --storage local --compress zstd");
        Assert.Equal([101], (await admin.GetFromJsonAsync<JsonElement>($"/api/v1/runs/{mine}", Cancellation)).GetProperty("tasks").EnumerateArray().Select(task => task.GetProperty("guest").GetInt32()));
    }

    [Fact]
    public async Task A_program_backs_up_follows_the_log_writes_notes_protects_previews_and_deletes()
    {
        using var admin = stage.Client(stage.Administrator);
        using var started = await admin.PostAsJsonAsync("/api/v1/runs", new { command = "vzdump 101 --storage local --compress zstd --notes-template alpha" }, Cancellation);
        Assert.Equal(HttpStatusCode.Created, started.StatusCode);
        var run = (await started.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("run").GetGuid();
        var lines = await LinesAsync(admin, run);
        Assert.Equal(Enumerable.Range(1, lines.Count).Select(number => (long)number), lines.Select(line => line.GetProperty("number").GetInt64()));
        Assert.Contains("Backup job finished successfully", lines[^1].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("Backup job finished successfully", await admin.GetStringAsync($"/api/v1/runs/{run}/log", Cancellation), StringComparison.Ordinal);
        var state = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/runs/{run}", Cancellation);
        Assert.Equal("succeeded", state.GetProperty("state").GetString());
        Assert.Equal("ada (token admin)", state.GetProperty("startedBy").GetString());
        Assert.Contains(run.ToString(), await admin.GetStringAsync("/api/v1/runs?state=succeeded&find=101", Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain(run.ToString(), await admin.GetStringAsync("/api/v1/runs?state=failed&find=101", Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.GetAsync("/api/v1/runs?state=nonsense", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await admin.PostAsync($"/api/v1/runs/{run}/stop", null, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await admin.PostAsync($"/api/v1/runs/{run}/retry", null, Cancellation)).StatusCode);

        var name = state.GetProperty("tasks")[0].GetProperty("archive").GetString();
        var archive = $"/api/v1/archives/local/{name}";
        Assert.Equal(HttpStatusCode.NoContent, (await admin.PutAsJsonAsync($"{archive}/notes", new { notes = "beta" }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await admin.PutAsJsonAsync($"{archive}/protected", new { @protected = true }, Cancellation)).StatusCode);
        var shown = await admin.GetFromJsonAsync<JsonElement>(archive, Cancellation);
        Assert.Equal(("beta", true), (shown.GetProperty("notes").GetString(), shown.GetProperty("protected").GetBoolean()));
        Assert.Contains("INFO", await admin.GetStringAsync($"{archive}/log", Cancellation), StringComparison.Ordinal);
        Assert.Contains("rootfs", await admin.GetStringAsync($"{archive}/config", Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await admin.DeleteAsync(archive, Cancellation)).StatusCode); // protected
        var preview = await admin.GetFromJsonAsync<JsonElement>("/api/v1/storages/local/prune-preview?keep=keep-last%3D1&guest=101", Cancellation);
        Assert.Contains(preview.GetProperty("archives").EnumerateArray(), mark => mark.GetProperty("name").GetString() == name && mark.GetProperty("mark").GetString() == "leave");
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.GetAsync("/api/v1/storages/local/prune-preview?keep=some", Cancellation)).StatusCode);
        await admin.PutAsJsonAsync($"{archive}/protected", new { @protected = false }, Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync(archive, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync(archive, Cancellation)).StatusCode);
        Assert.False(File.Exists(Path.Combine(stage.Dashboard.Folder, "storage/local/dump", name!)));
    }

    [Fact]
    public async Task A_program_makes_changes_runs_and_deletes_a_job_and_hears_when_somebody_else_was_faster()
    {
        using var admin = stage.Client(stage.Administrator);
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.PostAsJsonAsync("/api/v1/jobs", new { name = "", command = "vzdump 101" }, Cancellation)).StatusCode);
        using var made = await admin.PostAsJsonAsync("/api/v1/jobs", new { name = "nightly", command = "vzdump 101 --storage local --compress zstd", schedule = "sat 02:00", enabled = false }, Cancellation);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var job = await made.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        var path = $"/api/v1/jobs/{job.GetProperty("id").GetGuid()}";
        var version = job.GetProperty("version").GetInt32();
        var changed = new { name = "weekly", command = "vzdump 101 --storage local", schedule = "sun 02:00", version };
        Assert.Equal(HttpStatusCode.OK, (await admin.PutAsJsonAsync(path, changed, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await admin.PutAsJsonAsync(path, changed, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await admin.PutAsJsonAsync($"{path}/enabled", new { enabled = false }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await admin.PostAsync($"{path}/run", null, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await admin.DeleteAsync(path, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync(path, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await admin.PostAsync($"{path}/restore", null, Cancellation)).StatusCode);
        Assert.Contains("weekly", await admin.GetStringAsync("/api/v1/jobs", Cancellation), StringComparison.Ordinal);
        await admin.DeleteAsync(path, Cancellation);
    }

    [Fact]
    public async Task A_program_checks_downloads_plans_and_restores_an_archive()
    {
        using var admin = stage.Client(stage.Administrator);
        using var bert = stage.Client(stage.OperatorOf101);
        using var viewer = stage.Client(stage.Viewer);
        var run = await RunAsync(admin, "vzdump 101 --storage local --compress zstd --notes-template to-restore");
        var name = (await admin.GetFromJsonAsync<JsonElement>($"/api/v1/runs/{run}", Cancellation)).GetProperty("tasks")[0].GetProperty("archive").GetString()!;
        var archive = $"/api/v1/archives/local/{name}";
        var file = await File.ReadAllBytesAsync(Path.Combine(stage.Dashboard.Folder, "storage/local/dump", name), Cancellation);

        using var ranged = new HttpRequestMessage(HttpMethod.Get, $"{archive}/download");
        ranged.Headers.Range = new(10, 29);
        using var part = await bert.SendAsync(ranged, Cancellation);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(file[10..30], await part.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal(HttpStatusCode.NotFound, (await viewer.GetAsync($"{archive}/download", Cancellation)).StatusCode);

        using var check = await bert.PostAsync($"{archive}/verify", null, Cancellation);
        Assert.Equal(HttpStatusCode.Created, check.StatusCode);
        var checking = (await check.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("run").GetGuid();
        Assert.Contains("archive is sound", (await LinesAsync(bert, checking))[^1].GetProperty("text").GetString(), StringComparison.Ordinal);

        Assert.True((await bert.GetFromJsonAsync<JsonElement>(archive, Cancellation)).GetProperty("check").GetProperty("sound").GetBoolean());

        using var planned = await admin.PostAsJsonAsync($"{archive}/restore/plan", new { name = "from-api" }, Cancellation);
        Assert.Equal(HttpStatusCode.OK, planned.StatusCode);
        var plan = await planned.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        var target = plan.GetProperty("vmid").GetInt32();
        Assert.NotEqual(101, target); // it is taken
        Assert.Equal("rootfs", plan.GetProperty("volumes")[0].GetProperty("key").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync($"/api/v1/guests/{target}", Cancellation)).StatusCode); // nothing was done

        // Bert has one guest only; replacing wants its name.
        Assert.Equal(HttpStatusCode.Conflict, (await bert.PostAsJsonAsync($"{archive}/restore", new { vmid = target }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await bert.PostAsJsonAsync($"{archive}/restore", new { vmid = 101, replace = true }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.PostAsJsonAsync($"{archive}/restore", new { vmid = 5 }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.PostAsJsonAsync($"{archive}/restore", new { }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await admin.PostAsJsonAsync($"{archive}/restore/plan", new { storageOf = new { rootfs = (string?)null } }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.PostAsync("/api/v1/archives/local/..%2Fvzdump-lxc-101-2026_08_22-03_00_00.tar/verify", null, Cancellation)).StatusCode);

        using var started = await admin.PostAsJsonAsync($"{archive}/restore", new { name = "from-api" }, Cancellation);
        Assert.Equal(HttpStatusCode.Created, started.StatusCode);
        var restoring = (await started.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("run").GetGuid();
        await LinesAsync(admin, restoring);
        Assert.Equal("succeeded", (await admin.GetFromJsonAsync<JsonElement>($"/api/v1/runs/{restoring}", Cancellation)).GetProperty("state").GetString());
        Assert.Equal("from-api", (await admin.GetFromJsonAsync<JsonElement>($"/api/v1/guests/{target}", Cancellation)).GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_guest_that_took_the_VMID_after_a_restore_was_ordered_is_not_replaced()
    {
        using var admin = stage.Client(stage.Administrator);
        var run = await RunAsync(admin, "vzdump 101 --storage local --compress zstd --notes-template to-replace");
        var name = (await admin.GetFromJsonAsync<JsonElement>($"/api/v1/runs/{run}", Cancellation)).GetProperty("tasks")[0].GetProperty("archive").GetString()!;
        using var busy = await admin.PostAsJsonAsync("/api/v1/runs", new { command = "vzdump 100 --storage local --compress zstd --bwlimit 20" }, Cancellation);
        var first = (await busy.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("run").GetGuid();
        using var ordered = await admin.PostAsJsonAsync($"/api/v1/archives/local/{name}/restore", new { vmid = 555, replace = true }, Cancellation);
        Assert.Equal(HttpStatusCode.Created, ordered.StatusCode); // nobody has it yet
        var restoring = (await ordered.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("run").GetGuid();
        var config = Path.Combine(stage.Dashboard.Folder, "lxc/555.conf");
        var text = (await File.ReadAllTextAsync(Path.Combine(stage.Dashboard.Folder, "lxc/101.conf"), Cancellation)).Replace("hostname: sample-container", "hostname: somebodys", StringComparison.Ordinal);
        await File.WriteAllTextAsync(config, text, Cancellation);
        try
        {
            await admin.PostAsJsonAsync($"/api/v1/runs/{first}/stop", new { kind = "now" }, Cancellation);
            var lines = await LinesAsync(admin, restoring);
            Assert.Equal("failed", (await admin.GetFromJsonAsync<JsonElement>($"/api/v1/runs/{restoring}", Cancellation)).GetProperty("state").GetString());
            Assert.Contains(lines, line => line.GetProperty("text").GetString()!.Contains("somebodys", StringComparison.Ordinal));
            Assert.Equal(text, await File.ReadAllTextAsync(config, Cancellation));
        }
        finally
        {
            File.Delete(config);
        }
    }

    [Fact]
    public async Task A_program_reads_and_changes_the_defaults_and_hears_when_somebody_else_was_faster()
    {
        using var admin = stage.Client(stage.Administrator);
        var read = await admin.GetFromJsonAsync<JsonElement>("/api/v1/defaults", Cancellation);
        var (text, version) = (read.GetProperty("text").GetString(), read.GetProperty("version").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.PutAsJsonAsync("/api/v1/defaults", new { text = "mode: sometimes\n", version }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.PutAsJsonAsync("/api/v1/defaults", new { version }, Cancellation)).StatusCode);
        using var written = await admin.PutAsJsonAsync("/api/v1/defaults", new { text = text + "# by a program\nlockwait: 77\n", version }, Cancellation);
        Assert.Equal(HttpStatusCode.OK, written.StatusCode);
        var now = await written.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Contains(now.GetProperty("options").EnumerateArray(), option => option.GetProperty("name").GetString() == "lockwait" && option.GetProperty("value").GetString() == "77");
        Assert.Contains("# by a program\nlockwait: 77", await File.ReadAllTextAsync(Path.Combine(stage.Dashboard.Folder, "vzdump.conf"), Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await admin.PutAsJsonAsync("/api/v1/defaults", new { text, version }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await admin.PutAsJsonAsync("/api/v1/defaults", new { text, version = now.GetProperty("version").GetString() }, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task The_hub_takes_a_token_in_the_header_and_in_the_address_and_ends_with_the_run()
    {
        using var admin = stage.Client(stage.Administrator);
        var run = await RunAsync(admin, "vzdump 101 --storage local --compress zstd");
        await using var hub = new HubConnectionBuilder().WithUrl($"{stage.Dashboard.Address}/hubs/runs", options => options.AccessTokenProvider = () => Task.FromResult<string?>(stage.OperatorOf101)).Build();
        await hub.StartAsync(Cancellation);
        var states = new List<string>();
        await foreach (var message in hub.StreamAsync<JsonElement>("WatchRun", run, 0L, Cancellation))
        {
            states.Add(message.GetProperty("state").GetString()!);
        }

        Assert.Equal("succeeded", states[^1]);
        using var stranger = stage.Client(null);
        Assert.True((await stranger.PostAsync($"/hubs/runs/negotiate?negotiateVersion=1&access_token={stage.Viewer}", null, Cancellation)).IsSuccessStatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.PostAsync("/hubs/runs/negotiate?negotiateVersion=1&access_token=vzd_x", null, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_token_opens_no_page()
    {
        using var admin = stage.Client(stage.Administrator);
        foreach (var path in (string[])["/guests", "/settings/people", "/account", "/hangfire", $"/runs/{Guid.NewGuid()}/log.txt"])
        {
            Assert.Equal(HttpStatusCode.Redirect, (await admin.GetAsync(path, Cancellation)).StatusCode);
        }
    }

    [Fact]
    public async Task With_a_cookie_a_change_needs_the_antiforgery_token_too()
    {
        using var client = stage.Client(null);
        client.DefaultRequestHeaders.Add("Cookie", stage.Cookies);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/guests", Cancellation)).StatusCode);
        var job = new { name = "by cookie", command = "vzdump 101", enabled = false };
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsJsonAsync("/api/v1/jobs", job, Cancellation)).StatusCode);
        using var asked = await client.GetAsync("/api/v1/antiforgery", Cancellation);
        var answer = await asked.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        using var call = new HttpRequestMessage(HttpMethod.Post, "/api/v1/jobs") { Content = JsonContent.Create(job) };
        call.Headers.Add(answer.GetProperty("header").GetString()!, answer.GetProperty("token").GetString());
        if (asked.Headers.TryGetValues("Set-Cookie", out var cookies))
        {
            client.DefaultRequestHeaders.Remove("Cookie");
            client.DefaultRequestHeaders.Add("Cookie", string.Join("; ", [stage.Cookies, .. cookies.Select(cookie => cookie.Split(';')[0])]));
        }

        Assert.Equal(HttpStatusCode.Created, (await client.SendAsync(call, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Metrics_tell_of_guests_queue_and_storages()
    {
        using var admin = stage.Client(stage.Administrator);
        await RunAsync(admin, "vzdump 101 --storage local --compress zstd");
        var text = await admin.GetStringAsync("/metrics", Cancellation);
        foreach (var name in (string[])[
            "vzdump_guest_last_success_timestamp_seconds{vmid=\"101\"", "vzdump_guest_last_success_age_seconds{vmid=\"101\"", "vzdump_guest_last_size_bytes{vmid=\"101\"", "vzdump_guest_last_duration_seconds{vmid=\"101\"",
            "vzdump_guest_last_result{vmid=\"101\"", "vzdump_runs_waiting ", "vzdump_runs_working ", "vzdump_storage_used_bytes{storage=\"local\"}", "vzdump_storage_archives{storage=\"local\"}", "vzdump_storage_up{storage=\"local\"} 1"])
        {
            Assert.Contains(name, text, StringComparison.Ordinal);
        }

        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.Matches("^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\\{[^{}]+\\})? [0-9.E+-]+)$", line);
        }

        using var stranger = stage.Client(null);
        Assert.Equal("ok", await stranger.GetStringAsync("/healthz", Cancellation));
    }

    [Fact]
    public async Task The_description_names_every_call_and_how_to_sign_in()
    {
        using var admin = stage.Client(stage.Administrator);
        var document = await admin.GetFromJsonAsync<JsonElement>("/api/v1/openapi.json", Cancellation);
        Assert.StartsWith("3.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.Equal("bearer", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("Token").GetProperty("scheme").GetString());
        var calls = await stage.CallsAsync();
        Assert.True(calls.Count >= 25, $"only {calls.Count} calls are described");
        foreach (var (call, status) in ((HttpRequestMessage, HttpStatusCode)[])[
            (new(HttpMethod.Get, "/api/v1/nothing"), HttpStatusCode.NotFound), (new(HttpMethod.Patch, "/api/v1/guests"), HttpStatusCode.MethodNotAllowed),
            (new(HttpMethod.Post, "/api/v1/runs") { Content = new StringContent("vzdump") }, HttpStatusCode.UnsupportedMediaType),
            (new(HttpMethod.Post, "/api/v1/runs") { Content = new StringContent("{", null, "application/json") }, HttpStatusCode.BadRequest)])
        {
            using var answer = await admin.SendAsync(call, Cancellation);
            Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            call.Dispose();
        }
    }

    [Fact]
    public async Task Answers_carry_the_headers_that_protect_a_browser()
    {
        using var stranger = stage.Client(null);
        var headers = (await stranger.GetAsync("/signin", Cancellation)).Headers;
        foreach (var (name, part) in ((string, string)[])[("Content-Security-Policy", "frame-ancestors 'none'"), ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "same-origin"), ("Permissions-Policy", "camera=()")])
        {
            Assert.Contains(part, string.Join(' ', headers.GetValues(name)), StringComparison.Ordinal);
        }
    }

    private static HttpRequestMessage Call(string method, string path) =>
        new(new HttpMethod(method), path) { Content = method is "GET" or "DELETE" ? null : JsonContent.Create(new { name = "x", command = "vzdump 101", notes = "x", enabled = true }) };

    private static async Task<Guid> RunAsync(HttpClient client, string command)
    {
        using var started = await client.PostAsJsonAsync("/api/v1/runs", new { command }, Cancellation);
        Assert.True(started.StatusCode is HttpStatusCode.Created, await started.Content.ReadAsStringAsync(Cancellation));
        var run = (await started.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("run").GetGuid();
        await LinesAsync(client, run);
        return run;
    }

    /// <summary>All lines, up to the run's end.</summary>
    private static async Task<IReadOnlyList<JsonElement>> LinesAsync(HttpClient client, Guid run) =>
        [.. (await client.GetStringAsync($"/api/v1/runs/{run}/lines?follow=true", Cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
}
