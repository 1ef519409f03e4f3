using MudBlazor;
using VzDump.Engine;
using VzDump.Web.SignIn;

namespace VzDump.Web.People;

/// <summary>The tokens of who looks, and all of them for administrators.</summary>
public sealed partial class TokensPage(TokenDesk desk, Visitor visitor, IDialogService dialogs)
{
    private IReadOnlyList<TokenRow>? _tokens;
    private IReadOnlyList<Role> _scopes = [];
    private string _name = "";
    private Role _scope = Role.Viewer;
    private int _days = 90;
    private string? _secret;
    private string _secretName = "";
    private string? _problem;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await TryAsync(_ => Task.CompletedTask);
            StateHasChanged();
        }
    }

    private Task MakeAsync() => TryAsync(async by =>
    {
        _secret = await desk.CreateAsync(by, _name, _scope, _days, CancellationToken.None);
        (_secretName, _name) = (_name.Trim(), "");
    });

    private async Task RemoveAsync(TokenRow token)
    {
        if (await dialogs.ShowMessageBoxAsync($"Remove the token “{token.Name}”?", "Programs that use it are refused from now on.", yesText: "Remove", cancelText: "Keep it") is true)
        {
            await TryAsync(by => desk.RemoveAsync(by, token.Id, CancellationToken.None));
        }
    }

    private async Task TryAsync(Func<Rights, Task> act)
    {
        _problem = null;
        try
        {
            var rights = await visitor.RightsAsync(CancellationToken.None);
            _scopes = [.. Enum.GetValues<Role>().Where(rights.May)];
            await act(rights);
            _tokens = await desk.ListAsync(rights, CancellationToken.None);
        }
        catch (ProblemException problem)
        {
            _problem = problem.Message;
        }
    }
}
