using System.Collections.Concurrent;
using MudBlazor;
using VzDump.Engine;
using VzDump.Engine.Archives;
using VzDump.Web.Shell;
using VzDump.Web.SignIn;

namespace VzDump.Web.Archives;

/// <summary>Archives that a visitor deletes: gone from his lists at once, from the disk five seconds later. Who closes the browser before that deletes nothing.</summary>
public sealed class ArchiveBin(ArchiveDesk desk, Visitor visitor, ISnackbar snackbar, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan Undoable = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, bool> _thrown = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _gone = new();

    /// <summary>Something was thrown in or taken out.</summary>
    public event EventHandler? Changed;

    public bool Holds(Archive archive) => _thrown.ContainsKey(archive.Path);

    /// <summary>Returns when they are deleted, or when that was undone.</summary>
    public async Task ThrowAsync(IReadOnlyList<Archive> archives)
    {
        using var undo = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token);
        foreach (var archive in archives)
        {
            _thrown[archive.Path] = true;
        }

        Changed?.Invoke(this, EventArgs.Empty);
        using var bar = snackbar.Add(
            archives is [var only] ? $"{only.Name} is deleted." : $"{Words.Count(archives.Count, "archive")} are deleted.",
            Severity.Normal,
            options =>
            {
                options.Action = "Undo";
                options.RequireInteraction = false;
                options.VisibleStateDuration = (int)Undoable.TotalMilliseconds;
                options.OnClick = _ => undo.CancelAsync();
            });
        try
        {
            await Task.Delay(Undoable, time, undo.Token);
            foreach (var archive in archives)
            {
                await RemoveAsync(archive);
            }
        }
        catch (OperationCanceledException) when (undo.IsCancellationRequested)
        {
        }
        finally
        {
            foreach (var archive in archives)
            {
                _thrown.TryRemove(archive.Path, out _);
            }

            Changed?.Invoke(this, EventArgs.Empty);
        }
    }

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }

    private async Task RemoveAsync(Archive archive)
    {
        try
        {
            await desk.RemoveAsync(await visitor.RightsAsync(CancellationToken.None), ArchiveId.Of(archive), CancellationToken.None);
        }
        catch (ProblemException problem)
        {
            snackbar.Add(problem.Message, Severity.Error);
        }
    }
}
