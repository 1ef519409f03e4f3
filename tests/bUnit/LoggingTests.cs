using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Context;
using Serilog.Events;
using VzDump.Web.Logging;

namespace VzDump.Tests.bUnit;

public sealed class LoggingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vzdump-logs-").FullName;
    private readonly IConfiguration _configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Serilog:MinimumLevel:Default"] = "Information",
        ["Serilog:MinimumLevel:Override:Chatty"] = "Warning",
        ["Database:PostgreSql"] = "Host=db;Username=vzdump;Password=hunter2-of-db",
        ["Mail:Password"] = "hunter2-of-mail",
    }).Build();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void No_secret_of_the_configuration_is_written_whoever_logs_it()
    {
        var secrets = KnownSecrets.From(_configuration);
        secrets.Add("learnt-later");

        var text = string.Concat(Log(LogLevels.From(_configuration), secrets, log =>
        {
            log.Error(new InvalidOperationException("cannot open Password=hunter2-of-db"), "The connection {Connection} and hunter2-of-mail", "Host=db;Password=hunter2-of-db");
            log.Information("learnt-later and {Token} and {ApiKeySecret}", "unknown-token", "unknown-key");
        }));

        Assert.Contains("***", text, StringComparison.Ordinal);
        Assert.All(["hunter2", "learnt-later", "unknown-token", "unknown-key"], secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_and_guest_stand_in_every_line_that_is_logged_for_them()
    {
        var line = Assert.Single(Log(LogLevels.From(_configuration), new KnownSecrets(), log =>
        {
            using (LogContext.PushProperty("Run", "0198c1f2"))
            using (LogContext.PushProperty("Guest", 101))
            {
                log.Information("tar says {What}", "hello");
            }
        }));

        var told = JsonDocument.Parse(line).RootElement;
        Assert.Equal(("0198c1f2", 101, "hello", " [run 0198c1f2] [guest 101]"), (told.GetProperty("Run").GetString(), told.GetProperty("Guest").GetInt32(), told.GetProperty("What").GetString(), told.GetProperty("Where").GetString()));
    }

    [Fact]
    public void Levels_change_while_the_program_runs()
    {
        var levels = LogLevels.From(_configuration);

        var lines = Log(levels, new KnownSecrets(), log =>
        {
            var chatty = log.ForContext("SourceContext", "Chatty.Part");
            chatty.Information("unheard");
            log.Debug("unheard");
            levels.Switches["Chatty"].MinimumLevel = LogEventLevel.Information;
            levels.Switches[LogLevels.Default].MinimumLevel = LogEventLevel.Debug;
            chatty.Information("heard one");
            log.Debug("heard two");
        });

        Assert.Equal(["heard one", "heard two"], lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("@m").GetString()));
        Assert.Equal(["Chatty", "Default", "VzDump"], levels.Now.Keys.Order(StringComparer.Ordinal));
    }

    private string[] Log(LogLevels levels, KnownSecrets secrets, Action<ILogger> work)
    {
        using (var log = new LoggerConfiguration().WriteToConsoleAndFiles(_configuration, levels, secrets, Path.Combine(_folder, "web-.jsonl")).CreateLogger())
        {
            work(log);
        }

        return File.ReadAllLines(Assert.Single(Directory.GetFiles(_folder)));
    }
}
