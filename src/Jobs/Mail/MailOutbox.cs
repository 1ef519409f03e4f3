using VzDump.Engine.Host;

namespace VzDump.Jobs.Mail;

/// <summary>Notes on disk of which runs mail is still to be sent: made when a run begins, so that a crash at any moment loses no mail.</summary>
// e.g. mail/0198c1f2-7d3c-7c51-9b0e-0a4f5f6a7b8c, empty, or with those who did not get it yet, one a line
internal sealed class MailOutbox(JobsOptions options)
{
    private string Folder => Path.Combine(options.DataFolder, "mail");

    public void Note(Guid run)
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllBytes(PathOf(run), []);
    }

    /// <summary>Who did not get the mail of a run at an earlier try; empty when nothing is known of one.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync(Guid run, CancellationToken cancellation) =>
        File.Exists(PathOf(run)) ? [.. (await File.ReadAllLinesAsync(PathOf(run), cancellation)).Where(line => line.Length > 0)] : [];

    public async Task KeepAsync(Guid run, IReadOnlyList<string> recipients, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Folder);
        await AtomicFile.WriteAsync(PathOf(run), string.Join('\n', recipients) + '\n', cancellation);
    }

    public void Remove(Guid run) => File.Delete(PathOf(run));

    public IReadOnlyList<Guid> List() => Directory.Exists(Folder)
        ? [.. Directory.EnumerateFiles(Folder).Select(Path.GetFileName).Where(name => Guid.TryParseExact(name, "D", out _)).Select(name => Guid.ParseExact(name!, "D")).Order()]
        : [];

    private string PathOf(Guid run) => Path.Combine(Folder, run.ToString("D"));
}
