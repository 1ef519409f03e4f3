using System.ComponentModel.DataAnnotations;
using MudBlazor;
using VzDump.Engine;
using VzDump.Jobs.Mail;
using VzDump.Web.SignIn;

namespace VzDump.Web.Mail;

/// <summary>How mail leaves this host, with a test mail.</summary>
public sealed partial class MailPage(MailDesk desk, Visitor visitor, IDialogService dialogs, ISnackbar snackbar)
{
    private MailInForce? _now;
    private MailDraft? _draft;
    private IReadOnlyList<ValidationResult> _wrong = [];
    private string? _problem;
    private string _to = "";
    private (bool Sent, string Sentence)? _tried;
    private bool _isUnsaved;
    private bool _saving;
    private bool _trying;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await ReadAsync();
            StateHasChanged();
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            _now = await desk.ReadAsync(await visitor.RightsAsync(CancellationToken.None), CancellationToken.None);
            (_draft, _wrong, _isUnsaved) = (MailDraft.Of(_now.Options), [], false);
        }
        catch (ProblemException problem)
        {
            _problem = problem.Message;
        }
    }

    private void Change(Action change)
    {
        change();
        _isUnsaved = true;
    }

    private string? Wrong(string property) => _wrong.FirstOrDefault(wrong => wrong.MemberNames.FirstOrDefault() == property)?.ErrorMessage;

    private async Task SaveAsync()
    {
        _saving = true;
        await ActAsync(async rights =>
        {
            _wrong = await desk.SaveAsync(rights, _draft!, CancellationToken.None);
            if (_wrong.Count == 0)
            {
                await ReadAsync();
                snackbar.Add("The mail settings are saved. The next report goes out with them.", Severity.Success);
            }
        });
        _saving = false;
    }

    private async Task ResetAsync()
    {
        var sure = await dialogs.ShowMessageBoxAsync("Use appsettings.json again?", "What is set here, with its password, is deleted.", yesText: "Delete it", cancelText: "Keep it");
        if (sure is true)
        {
            await ActAsync(async rights =>
            {
                await desk.ResetAsync(rights, CancellationToken.None);
                await ReadAsync();
                snackbar.Add("The section Mail of appsettings.json holds again.", Severity.Info);
            });
        }
    }

    private async Task TryAsync()
    {
        (_trying, _tried) = (true, null);
        StateHasChanged();
        try
        {
            var to = _to.Trim();
            _tried = await desk.TryAsync(await visitor.RightsAsync(CancellationToken.None), _draft!, to, CancellationToken.None) is { } wrong
                ? (false, $"Not sent: {wrong}.")
                : (true, $"Sent to {to}. Look whether it arrives.");
        }
        catch (ProblemException problem)
        {
            _tried = (false, problem.Message);
        }
        finally
        {
            _trying = false;
        }
    }

    private async Task ActAsync(Func<Rights, Task> act)
    {
        try
        {
            await act(await visitor.RightsAsync(CancellationToken.None));
        }
        catch (ProblemException problem)
        {
            snackbar.Add(problem.Message, Severity.Error);
        }
    }
}
