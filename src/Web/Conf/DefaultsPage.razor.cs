using Microsoft.AspNetCore.Components;
using MudBlazor;
using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Web.OptionForms;
using VzDump.Web.SignIn;

namespace VzDump.Web.Conf;

/// <summary>vzdump.conf as a form and as a file; both show the same text.</summary>
public sealed partial class DefaultsPage(DefaultsFile file, Visitor visitor, IDialogService dialogs, ISnackbar snackbar)
{
    private static readonly DialogOptions Wide = new() { MaxWidth = MaxWidth.Medium, FullWidth = true, CloseOnEscapeKey = true, CloseButton = true };
    private OptionContext _context = new() { Conf = new BackupSettings(), Storages = [], Own = "vzdump.conf", IsConf = true };
    private string? _read;
    private string? _text;
    private OptionsDraft? _draft;
    private string? _problem;
    private string? _unreadable;
    private string? _notSaved;
    private bool _isRaw;
    private bool _saving;

    private DefaultsFile File => file;

    private bool IsUnsaved => _text is not null && (_text != _read || _draft is { Problems.Count: > 0 });

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _context = _context with { Storages = await file.ListStoragesAsync(CancellationToken.None) };
            await ReadAsync();
            StateHasChanged();
        }
    }

    private async Task ReadAsync()
    {
        (_notSaved, _unreadable) = (null, null);
        try
        {
            _read = await file.ReadAsync(CancellationToken.None);
            Take(_read);
            _isRaw = _isRaw || _draft is null;
        }
        catch (ProblemException problem)
        {
            (_unreadable, _text) = (problem.Message, null);
        }
    }

    // The text leads; the form is made from it, unless the file says something that is not allowed.
    private void Take(string text)
    {
        _text = text;
        try
        {
            (_draft, _problem) = (new OptionsDraft(BackupDefaults.Read(text, file.Path)), null);
        }
        catch (ProblemException problem)
        {
            (_draft, _problem) = (null, problem.Message);
        }
    }

    private void TypeRaw(ChangeEventArgs change)
    {
        var typed = (change.Value as string ?? "").ReplaceLineEndings("\n");
        // Browsers know one kind of line end only.
        Take(_read is not null && _read.Contains("\r\n", StringComparison.Ordinal) ? typed.ReplaceLineEndings("\r\n") : typed);
    }

    private void TakeForm()
    {
        if (_draft is { Problems.Count: 0 } draft)
        {
            try
            {
                (_text, _problem) = (BackupDefaults.Write(_text!, draft.Settings, file.Path), null);
            }
            catch (ProblemException problem)
            {
                _problem = problem.Message;
            }
        }
    }

    private async Task SaveAsync()
    {
        _notSaved = _problem ?? (_draft is { Problems.Count: > 0 } draft ? string.Join(' ', draft.Problems.Select(problem => problem.Message).Distinct(StringComparer.Ordinal)) : null);
        if (_notSaved is not null || _text == _read)
        {
            return;
        }

        var parameters = new DialogParameters<DiffDialog> { { dialog => dialog.Path, file.Path }, { dialog => dialog.Before, _read! }, { dialog => dialog.After, _text! } };
        var asked = await dialogs.ShowAsync<DiffDialog>("Write these changes?", parameters, Wide);
        if (await asked.Result is not { Canceled: false })
        {
            return;
        }

        _saving = true;
        try
        {
            await file.WriteAsync(await visitor.RightsAsync(CancellationToken.None), _read!, _text!, CancellationToken.None);
            _read = _text;
            Take(_text!);
            snackbar.Add("The defaults are saved. They hold from the next run on.", Severity.Success);
        }
        catch (Exception error) when (error is ProblemException or IOException or UnauthorizedAccessException)
        {
            _notSaved = error.Message;
        }
        finally
        {
            _saving = false;
        }
    }
}
