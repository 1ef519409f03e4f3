using MudBlazor;
using VzDump.Engine;
using VzDump.Web.SignIn;

namespace VzDump.Web.People;

/// <summary>Who may sign in, and what each may do.</summary>
public sealed partial class PeoplePage(PeopleDesk desk, Visitor visitor, IDialogService dialogs)
{
    private static readonly DialogOptions Options = new() { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true, CloseButton = true, BackdropClick = false };
    private IReadOnlyList<PersonRow>? _people;
    private (string Title, string Text)? _secret;
    private string? _problem;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await TryAsync(_ => Task.CompletedTask);
            StateHasChanged();
        }
    }

    private Task AddAsync() => EditAsync("Add a person", null, async (by, draft) =>
    {
        var password = await desk.CreateAsync(by, draft.Name.Trim(), draft.Role, draft.Limits, CancellationToken.None);
        _secret = ($"Password of {draft.Name.Trim()}", password);
    });

    private Task ActAsync((PersonAct Act, PersonRow Person) chosen) => chosen switch
    {
        (PersonAct.Edit, var person) => EditAsync($"Rights of {person.Name}", person, (by, draft) =>
            desk.ChangeAsync(by, person.Id, draft.Role, draft.Limits, person.IsDisabled, CancellationToken.None)),
        (PersonAct.Disable, var person) => SureAsync($"Disable {person.Name}?", "They cannot sign in any more, what is open is signed out, and their API tokens stop working. Nothing is deleted.", "Disable",
            by => desk.ChangeAsync(by, person.Id, person.Role, person.Guests, true, CancellationToken.None)),
        (PersonAct.Enable, var person) => TryAsync(by => desk.ChangeAsync(by, person.Id, person.Role, person.Guests, false, CancellationToken.None)),
        (PersonAct.ResetPassword, var person) => SureAsync($"Reset the password of {person.Name}?", "They get a new password, which you are shown, and are signed out everywhere. The second factor stays.", "Reset",
            async by => _secret = ($"New password of {person.Name}", await desk.ResetPasswordAsync(by, person.Id, dropSecondFactor: false, CancellationToken.None))),
        (PersonAct.DropSecondFactor, var person) => SureAsync($"Take the second factor of {person.Name} away?", "For who has lost phone and recovery codes. They get a new password too, which you are shown.", "Take away",
            async by => _secret = ($"New password of {person.Name}", await desk.ResetPasswordAsync(by, person.Id, dropSecondFactor: true, CancellationToken.None))),
        (PersonAct.SignOut, var person) => SureAsync($"Sign {person.Name} out everywhere?", "Every browser they are signed in with asks for the password again. API tokens stay.", "Sign out",
            by => desk.SignOutEverywhereAsync(by, person.Id, CancellationToken.None)),
        (_, var person) => SureAsync($"Remove {person.Name}?", "The account and its API tokens are deleted. Runs and the audit keep the name.", "Remove",
            by => desk.RemoveAsync(by, person.Id, CancellationToken.None)),
    };

    private async Task EditAsync(string title, PersonRow? person, Func<Rights, PersonDraft, Task> save)
    {
        var parameters = new DialogParameters<PersonDialog>
        {
            { dialog => dialog.Person, person },
            { dialog => dialog.Save, async draft => await save(await visitor.RightsAsync(CancellationToken.None), draft) },
        };
        var asked = await dialogs.ShowAsync<PersonDialog>(title, parameters, Options);
        await asked.Result;
        await TryAsync(_ => Task.CompletedTask);
    }

    private async Task SureAsync(string question, string meaning, string yes, Func<Rights, Task> act)
    {
        if (await dialogs.ShowMessageBoxAsync(question, meaning, yesText: yes, cancelText: "Cancel") is true)
        {
            await TryAsync(act);
        }
    }

    // The list is read again in any case: somebody else may have changed it.
    private async Task TryAsync(Func<Rights, Task> act)
    {
        _problem = null;
        try
        {
            await act(await visitor.RightsAsync(CancellationToken.None));
            _people = await desk.ListAsync(await visitor.RightsAsync(CancellationToken.None), CancellationToken.None);
        }
        catch (ProblemException problem)
        {
            _problem = problem.Message;
        }
    }
}
