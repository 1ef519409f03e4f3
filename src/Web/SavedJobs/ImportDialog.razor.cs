using Microsoft.AspNetCore.Components;
using MudBlazor;
using VzDump.Engine;
using VzDump.Engine.Configuration;
using VzDump.Jobs.Imports;
using VzDump.Jobs.Saved;
using VzDump.Web.SignIn;

namespace VzDump.Web.SavedJobs;

/// <summary>Shows what Proxmox VE's files hold and takes over, one by one, what is wanted.</summary>
public sealed partial class ImportDialog(JobDesk desk, NodePaths paths, Visitor visitor)
{
    private readonly Dictionary<JobSource, (bool Done, string Sentence)> _said = [];
    private ImportPreview? _preview;
    private JobSource? _taking;
    private string? _problem;

    [CascadingParameter]
    public required IMudDialogInstance Dialog { get; set; }

    private NodePaths Paths => paths;

    protected override Task OnInitializedAsync() => TryAsync(LookAsync);

    private async Task LookAsync() => _preview = await desk.PreviewImportAsync(await visitor.RightsAsync(CancellationToken.None), CancellationToken.None);

    private async Task TakeOverAsync(ImportCandidate candidate)
    {
        _taking = candidate.Source;
        await TryAsync(async () =>
        {
            _said[candidate.Source] = await desk.ImportAsync(await visitor.RightsAsync(CancellationToken.None), candidate.Source, CancellationToken.None) switch
            {
                ImportOutcome.Waiting waiting => (true, waiting.Reason),
                ImportOutcome.Refused refused => (false, refused.Reason),
                _ => (true, "Taken over. It runs here, and its original is off."),
            };
            await LookAsync();
        });
        _taking = null;
    }

    private async Task TryAsync(Func<Task> act)
    {
        _problem = null;
        try
        {
            await act();
        }
        catch (ProblemException problem)
        {
            _problem = problem.Message;
        }
    }
}
