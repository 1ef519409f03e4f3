using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;

namespace VzDump.Web.SignIn;

/// <summary>Makes the first administrator, for who can read the console.</summary>
public sealed partial class WelcomePage(Installation installation, SignInManager<Person> signIn, NavigationManager navigation)
{
    private string? _problem;

    [SupplyParameterFromForm]
    public WelcomeDraft? Draft { get; set; }

    protected override void OnInitialized() => Draft ??= new WelcomeDraft();

    private async Task MakeAsync()
    {
        _problem = await installation.MakeAdministratorAsync(Draft!.Code, Draft.Name.Trim(), Draft.Password, CancellationToken.None);
        if (_problem is null)
        {
            await signIn.PasswordSignInAsync(Draft.Name.Trim(), Draft.Password, isPersistent: false, lockoutOnFailure: false);
            navigation.NavigateTo("/guests");
        }
    }
}

public sealed class WelcomeDraft
{
    [Required(ErrorMessage = "Give the one-time code from the console.")]
    public string Code { get; set; } = "";

    [Required(ErrorMessage = "Give the administrator a name."), StringLength(64, ErrorMessage = "A name has at most 64 characters.")]
    [RegularExpression(@"\s*[A-Za-z0-9._@+\-]+\s*", ErrorMessage = "A name holds letters, digits and . _ @ + - only.")]
    public string Name { get; set; } = "";

    [Required(ErrorMessage = "Choose a password.")]
    [StringLength(IdentityRules.LongestPassword, MinimumLength = IdentityRules.ShortestPassword, ErrorMessage = "A password has 10 to 256 characters.")]
    public string Password { get; set; } = "";

    [Compare(nameof(Password), ErrorMessage = "The two passwords differ.")]
    public string Again { get; set; } = "";
}
