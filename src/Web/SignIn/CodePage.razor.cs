using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using VzDump.Jobs.Audit;

namespace VzDump.Web.SignIn;

/// <summary>The second step of signing in, for who has given his password a moment ago.</summary>
public sealed partial class CodePage(SignInManager<Person> signIn, AuditTrail audit, NavigationManager navigation, ILogger<CodePage> log)
{
    private bool _failed;

    [SupplyParameterFromForm]
    public CodeDraft? Draft { get; set; }

    [SupplyParameterFromQuery]
    public string? ReturnUrl { get; set; }

    [CascadingParameter]
    public HttpContext? Context { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Draft ??= new CodeDraft();
        if (await signIn.GetTwoFactorAuthenticationUserAsync() is null)
        {
            navigation.NavigateTo("/signin");
        }
    }

    private async Task SignInAsync()
    {
        var person = await signIn.GetTwoFactorAuthenticationUserAsync();
        var code = Draft!.Code.Trim();
        if (person is { IsDisabled: false } && await TryAsync(person, code))
        {
            log.SignedIn(person.UserName ?? "");
            navigation.NavigateTo(SignInPage.After(ReturnUrl));
            return;
        }

        log.SignInFailed(Context?.Connection.RemoteIpAddress?.ToString());
        _failed = true;
    }

    private async Task<bool> TryAsync(Person person, string code)
    {
        // e.g. 123 456; a recovery code looks like 7F3KQ-9XWMB
        if (code.All(letter => char.IsAsciiDigit(letter) || letter is ' '))
        {
            return (await signIn.TwoFactorAuthenticatorSignInAsync(code.Replace(" ", "", StringComparison.Ordinal), isPersistent: false, rememberClient: false)).Succeeded;
        }

        // Identity counts wrong digits itself, but not these.
        if (await signIn.UserManager.IsLockedOutAsync(person))
        {
            return false;
        }

        if (!(await signIn.TwoFactorRecoveryCodeSignInAsync(code.ToUpperInvariant())).Succeeded)
        {
            await signIn.UserManager.AccessFailedAsync(person);
            return false;
        }

        await audit.AddAsync(person.UserName ?? "", "recovery code used", person.UserName ?? "", $"{await signIn.UserManager.CountRecoveryCodesAsync(person)} left", CancellationToken.None);
        return true;
    }
}

public sealed class CodeDraft
{
    [Required(ErrorMessage = "Give the code."), StringLength(32, ErrorMessage = "A code is shorter.")]
    public string Code { get; set; } = "";
}
