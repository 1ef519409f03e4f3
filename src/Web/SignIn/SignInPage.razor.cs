using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace VzDump.Web.SignIn;

/// <summary>Asks for name and password, and says the same whatever of them was wrong.</summary>
public sealed partial class SignInPage(SignInManager<Person> signIn, IPasswordHasher<Person> hasher, NavigationManager navigation, ILogger<SignInPage> log)
{
    // Of no one's password: an unknown name must take as long as a wrong password.
    private static readonly Person Nobody = new();
    private static readonly string NobodysHash = new PasswordHasher<Person>().HashPassword(Nobody, nameof(Nobody));
    private bool _failed;

    [SupplyParameterFromForm]
    public SignInDraft? Draft { get; set; }

    [SupplyParameterFromQuery]
    public string? ReturnUrl { get; set; }

    [CascadingParameter]
    public HttpContext? Context { get; set; }

    /// <summary>Where who has signed in goes on: the page he wanted, if it is one of ours.</summary>
    internal static string After(string? returnUrl) => RedirectHttpResult.IsLocalUrl(returnUrl) ? returnUrl! : "/guests";

    protected override void OnInitialized() => Draft ??= new SignInDraft();

    private async Task SignInAsync()
    {
        var person = await signIn.UserManager.FindByNameAsync(Draft!.Name.Trim());
        if (person is null or { IsDisabled: true })
        {
            hasher.VerifyHashedPassword(Nobody, NobodysHash, Draft.Password);
        }
        else
        {
            var result = await signIn.PasswordSignInAsync(person, Draft.Password, isPersistent: false, lockoutOnFailure: true);
            if (result.RequiresTwoFactor)
            {
                navigation.NavigateTo($"/signin/code?returnUrl={Uri.EscapeDataString(After(ReturnUrl))}");
                return;
            }

            if (result.Succeeded)
            {
                log.SignedIn(person.UserName ?? "");
                navigation.NavigateTo(After(ReturnUrl));
                return;
            }
        }

        log.SignInFailed(Context?.Connection.RemoteIpAddress?.ToString());
        _failed = true;
    }
}

public sealed class SignInDraft
{
    [Required(ErrorMessage = "Give your name.")]
    public string Name { get; set; } = "";

    [Required(ErrorMessage = "Give your password."), StringLength(IdentityRules.LongestPassword, ErrorMessage = "A password has at most 256 characters.")]
    public string Password { get; set; } = "";
}
