using System.ComponentModel.DataAnnotations;
using VzDump.Engine.Backups;
using VzDump.Engine.Compression;
using VzDump.Engine.Guests;

namespace VzDump.Web.Backups;

/// <summary>What the form about a backup edits. An empty field means the default of vzdump.conf, else vzdump's own.</summary>
public sealed class BackupDraft : IValidatableObject
{
    [Required(ErrorMessage = "Choose where the archive goes.")]
    public string? Storage { get; set; }

    public BackupMode Mode { get; set; } = BackupMode.Snapshot;

    public CompressionKind Compress { get; set; } = CompressionKind.Zstd;

    [Range(0, 1L << 40, ErrorMessage = "Give KiB per second, 0 for no limit.")]
    public long? BandwidthLimitKiB { get; set; }

    [Range(0, 256, ErrorMessage = "Give 0 to 256 threads; 0 is half the cores.")]
    public int? ZstdThreads { get; set; }

    [Range(0, 8, ErrorMessage = "Give 0 to 8.")]
    public int? IoNice { get; set; }

    [Range(0, 10_000, ErrorMessage = "Give minutes, 0 or more.")]
    public int? StopWaitMinutes { get; set; }

    /// <summary>One pattern a line.</summary>
    public string ExcludePaths { get; set; } = "";

    [StringLength(1024, ErrorMessage = "A notes template holds at most 1024 characters.")]
    public string NotesTemplate { get; set; } = "{{guestname}}";

    public bool Protected { get; set; }

    /// <summary>Whether older archives are removed as the storage or vzdump.conf says.</summary>
    public bool Remove { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Lines(ExcludePaths).FirstOrDefault(path => path.Contains('\0', StringComparison.Ordinal) || path.Length > 4096) is not null)
        {
            yield return new ValidationResult("A pattern has at most 4096 characters.", [nameof(ExcludePaths)]);
        }
    }

    /// <summary>The job that a valid draft means.</summary>
    public BackupJob ToJob(IEnumerable<GuestId> guests) => new()
    {
        Selection = new GuestSelection.Ids([.. guests]),
        Settings = new BackupSettings
        {
            Storage = Storage,
            Mode = Mode,
            Compress = Compress,
            BandwidthLimitKiB = BandwidthLimitKiB,
            ZstdThreads = Compress is CompressionKind.Zstd ? ZstdThreads : null,
            IoNice = IoNice,
            StopWaitMinutes = StopWaitMinutes,
            ExcludePaths = Lines(ExcludePaths) is { Length: > 0 } paths ? paths : null,
            NotesTemplate = string.IsNullOrWhiteSpace(NotesTemplate) ? null : NotesTemplate.Trim(),
            Protected = Protected ? true : null,
            // Made by hand, it must not cost an older archive: removing is the jobs' business.
            Remove = Remove ? null : false,
        },
    };

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
