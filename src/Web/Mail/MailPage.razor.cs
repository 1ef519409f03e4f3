using System.ComponentModel.DataAnnotations;
using MudBlazor;
using VzDump.Engine;
using VzDump.Jobs.Mail;
using VzDump.Web.SignIn;

namespace VzDump.Web.Mail;

/// <summary>How mail leaves this host, with a test mail.</summary>
public sealed partial class MailPage(MailDesk desk, Visitor visitor, ISnackbar snackbar)
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
        catch (Exception error) when (error is ProblemException or Microsoft.Extensions.Options.OptionsValidationException)
        {
            _problem = error.Message;
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
        try
        {
            _wrong = await desk.SaveAsync(await visitor.RightsAsync(CancellationToken.None), _draft!, CancellationToken.None);
            if (_wrong.Count == 0)
            {
                await ReadAsync();
                snackbar.Add("The mail settings are saved. The next report goes out with them.", Severity.Success);
            }
        }
        catch (ProblemException problem)
        {
            snackbar.Add(problem.Message, Severity.Error);
        }
        finally
        {
            _saving = false;
        }
    }

    private async Task ResetAsync()
    {
        await desk.ResetAsync(await visitor.RightsAsync(CancellationToken.None), CancellationToken.None);
        await ReadAsync();
        snackbar.Add("The section Mail of appsettings.json holds again.", Severity.Info);
    }

    private async Task TryAsync()
    {
        (_trying, _tried) = (true, null);
        StateHasChanged();
        try
        {
            _tried = await desk.TryAsync(await visitor.RightsAsync(CancellationToken.None), _draft!, _to.Trim(), CancellationToken.None) is { } wrong
                ? (false, $"Not sent: {wrong}.")
                : (true, $"Sent to {_to.Trim()}. Look whether it arrives.");
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
}
