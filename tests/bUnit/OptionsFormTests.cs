using Bunit;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;
using VzDump.Engine.Retention;
using VzDump.Engine.Storages;
using VzDump.Web.OptionForms;

namespace VzDump.Tests.bUnit;

public sealed class OptionsFormTests : Page
{
    private readonly OptionsDraft _draft = new(new BackupSettings());

    [Fact]
    public void Every_option_of_vzdump_has_its_field_once()
    {
        var shown = Form().FindAll("[data-option]").Select(field => field.GetAttribute("data-option")).ToList();
        Assert.Equal(VzdumpOptions.OfSettings.Select(option => option.Name).Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
        Assert.Equal(shown.Count, OptionGroup.All.Sum(group => group.Options.Count));
    }

    [Fact]
    public void Every_field_has_a_label_a_help_and_says_what_holds()
    {
        Assert.All(Form().FindAll("[data-option]"), field =>
        {
            var label = field.QuerySelector("label.option-name")!;
            Assert.NotNull(field.QuerySelector($"#{label.GetAttribute("for")}"));
            Assert.NotEmpty(field.QuerySelector(".option-help")!.TextContent.Trim());
            Assert.NotEmpty(field.QuerySelector(".option-origin")!.TextContent.Trim());
        });
    }

    [Fact]
    public void What_is_not_set_shows_the_value_that_holds_and_whose_word_it_is()
    {
        var form = Form(new BackupSettings { Compress = CompressionKind.Gzip });
        Assert.Contains("gzip", Field(form, "compress").QuerySelector(".option-origin")!.TextContent);
        Assert.Contains("vzdump.conf", Field(form, "compress").QuerySelector(".option-origin")!.TextContent);
        Assert.Contains("built-in", Field(form, "mode").QuerySelector(".option-origin")!.TextContent);
    }

    [Fact]
    public void The_storages_own_retention_is_told_as_the_storages()
    {
        var form = Form(storage: Make.Storage() with { Prune = new KeepPolicy { Last = 3 } });
        Assert.Contains("the last 3 (the storage)", Field(form, "prune-backups").QuerySelector(".option-origin")!.TextContent);
    }

    [Fact]
    public void A_choice_becomes_the_settings_of_the_job_and_can_be_taken_back()
    {
        var form = Form();
        Field(form, "mode").QuerySelector("select")!.Change("stop");
        Assert.Equal(BackupMode.Stop, _draft.Settings.Mode);
        Assert.Contains("this job", Field(form, "mode").QuerySelector(".option-origin")!.TextContent);
        Assert.True(_draft.IsChanged);
        Field(form, "mode").QuerySelector("button")!.Click();
        Assert.Null(_draft.Settings.Mode);
        Assert.False(_draft.IsChanged);
    }

    [Fact]
    public void What_the_engine_refuses_is_told_beside_its_field_and_its_group_opens()
    {
        var form = Form();
        Field(form, "ionice").QuerySelector("input")!.Change("9");
        Assert.Equal("'9' is not allowed for 'ionice': it takes a number from 0 to 8.", Field(form, "ionice").QuerySelector("[role=alert]")!.TextContent);
        Assert.Equal("true", Field(form, "ionice").QuerySelector("input")!.GetAttribute("aria-invalid"));
        Assert.True(form.Find("[data-group=Speed]").HasAttribute("open"));
        Field(form, "ionice").QuerySelector("input")!.Change("8");
        Assert.Empty(form.FindAll("[role=alert]"));
        Assert.Equal(8, _draft.Settings.IoNice);
        Assert.True(form.Find("[data-group=Speed]").HasAttribute("open"));
    }

    [Fact]
    public void A_folder_beside_a_storage_is_refused_beside_the_folder()
    {
        var form = Form();
        Field(form, "storage").QuerySelector("select")!.Change("local");
        Field(form, "dumpdir").QuerySelector("input")!.Change("/srv/dump");
        Assert.Contains("cannot use both", Field(form, "dumpdir").QuerySelector("[role=alert]")!.TextContent);
    }

    [Fact]
    public void Counts_of_a_retention_are_written_as_vzdump_does()
    {
        var form = Form();
        Field(form, "prune-backups").QuerySelector("select")!.Change("some");
        Assert.NotNull(Field(form, "prune-backups").QuerySelector("[role=alert]"));
        Field(form, "prune-backups").QuerySelectorAll(".counts input")[0].Input("3");
        Field(form, "prune-backups").QuerySelectorAll(".counts input")[2].Input("7");
        Assert.Equal(new KeepPolicy { Last = 3, Daily = 7 }, _draft.Settings.Prune);
        Field(form, "prune-backups").QuerySelectorAll(".counts input")[0].Input("many");
        Assert.Contains("'keep-last=many,keep-daily=7' is not allowed", Field(form, "prune-backups").QuerySelector("[role=alert]")!.TextContent);
        Field(form, "prune-backups").QuerySelector("select")!.Change("all");
        Assert.Equal(KeepPolicy.All, _draft.Settings.Prune);
    }

    [Fact]
    public void Lines_of_globs_are_one_glob_each()
    {
        var form = Form();
        Field(form, "exclude-path").QuerySelector("textarea")!.Change("/tmp/?*\r\n\n cache ");
        Assert.Equal(["/tmp/?*", "cache"], _draft.Settings.ExcludePaths);
    }

    [Fact]
    public void Readers_of_disks_are_a_number_and_what_else_performance_says_is_kept()
    {
        var draft = new OptionsDraft(new BackupSettings { Performance = new PerformanceSettings(4, 1000) });
        var form = Form(draft: draft);
        Assert.Equal("4", Field(form, "performance").QuerySelector("input")!.GetAttribute("value"));
        Field(form, "performance").QuerySelector("input")!.Change("8");
        Assert.Equal(new PerformanceSettings(8, 1000), draft.Settings.Performance);
        Field(form, "performance").QuerySelector("input")!.Change("0");
        Assert.Contains("with N from 1 to 256", Field(form, "performance").QuerySelector("[role=alert]")!.TextContent);
    }

    [Fact]
    public void Fleecing_asks_for_its_storage()
    {
        var form = Form();
        Field(form, "fleecing").QuerySelector("select")!.Change("1");
        Field(form, "fleecing").QuerySelector("input")!.Change("fast");
        Assert.Equal(new FleecingSettings(true, "fast"), _draft.Settings.Fleecing);
    }

    [Fact]
    public void A_job_can_say_none_where_the_defaults_name_a_script()
    {
        var form = Form(new BackupSettings { Script = "/usr/local/bin/hook" });
        Field(form, "script").QuerySelector("input[type=checkbox]")!.Change(true);
        Assert.Equal("", _draft.Settings.Script);
        Field(form, "script").QuerySelector("input[type=checkbox]")!.Change(false);
        Assert.Null(_draft.Settings.Script);
    }

    [Fact]
    public void A_storage_that_cannot_be_used_says_why_as_soon_as_it_is_chosen()
    {
        var form = Form(storage: Make.Storage("nas", "Nothing is mounted on /mnt/nas."));
        Field(form, "storage").QuerySelector("select")!.Change("nas");
        Assert.Contains("Nothing is mounted on /mnt/nas.", Field(form, "storage").TextContent);
    }

    [Fact]
    public void What_a_job_holds_survives_the_form_word_for_word()
    {
        Assert.True(BackupCommandLine.TryParse(
            "vzdump 101 --mode stop --storage nas --compress zstd --zstd 0 --bwlimit 100 --exclude-path '/a b' --exclude-path /c --script '' --mailto '' --prune-backups keep-last=2 --fleecing enabled=1,storage=x --performance max-workers=2,pbs-entries-max=5",
            out var job, out _, out _));
        var settings = SettingsTexts.Read(SettingsTexts.Of(job.Settings), out var problems);
        Assert.Empty(problems);
        Assert.Equal(BackupCommandLine.Of(job), BackupCommandLine.Of(job with { Settings = settings }));
    }

    private IRenderedComponent<OptionsForm> Form(BackupSettings? conf = null, StorageState? storage = null, OptionsDraft? draft = null)
    {
        var context = new OptionContext { Conf = conf ?? new BackupSettings(), Storages = [storage ?? Make.Storage()], Own = "this job" };
        return Render<OptionsForm>(with => with.Add(form => form.Draft, draft ?? _draft).Add(form => form.Context, context));
    }

    private static AngleSharp.Dom.IElement Field(IRenderedComponent<OptionsForm> form, string option) => form.Find($"[data-option='{option}']");
}
