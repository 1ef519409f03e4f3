using Microsoft.AspNetCore.Components;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Web.SignIn;

namespace VzDump.Web.Disks;

/// <summary>The disks in a machine's archive.</summary>
public sealed partial class DisksPage(DiskDesk desk, Visitor visitor)
{
    private MachineArchive? _subject;
    private Rights _rights = Rights.None;
    private string? _gone;

    /// <summary>Such as <c>local:backup/vzdump-qemu-100-2026_08_22-03_00_00.vma.zst</c>.</summary>
    [SupplyParameterFromQuery]
    public string? Archive { get; set; }

    protected override object? Subject => Archive;

    protected override IReadOnlyList<Func<CancellationToken, Task>> Watches => [OpenAsync];

    private ArchiveId? Id => ArchiveId.TryParse(Archive ?? "");

    private async Task OpenAsync(CancellationToken cancellation)
    {
        try
        {
            _rights = await visitor.RightsAsync(cancellation);
            _subject = Id is { } id ? await desk.FindAsync(_rights, id, cancellation) : null;
            _gone = _subject is null ? "There is no such archive any more." : null;
        }
        catch (ProblemException problem)
        {
            _gone = problem.Message;
        }

        StateHasChanged();
    }
}
