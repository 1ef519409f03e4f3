using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using QRCoder;
using VzDump.Jobs.Audit;

namespace VzDump.Web.SignIn;

/// <summary>A person's own password and second factor. Not interactive: a circuit cannot write the cookie that these changes renew.</summary>
public sealed partial class AccountPage(UserManager<Person> people, SignInManager<Person> signIn, AuditTrail audit, NavigationManager navigation)
{
    private const int RecoveryCodes = 10, PixelsPerModule = 6;
    private static readonly object Nothing = new();
    private Person? _person;
    private Setup? _setup;
    private IReadOnlyList<string>? _recovery;
    private int _codesLeft;
    private string? _done;
    private string? _problem;

    [CascadingParameter]
    public required HttpContext Context { get; set; }

    [SupplyParameterFromForm(FormName = "password")]
    public PasswordDraft? Password { get; set; }

    [SupplyParameterFromForm(FormName = "confirm")]
    public CodeDraft? Code { get; set; }

    [SupplyParameterFromForm(FormName = "off")]
    public ProofDraft? Proof { get; set; }

    protected override async Task OnInitializedAsync()
    {
        var confirms = Code is not null;
        (Password, Code, Proof) = (Password ?? new(), Code ?? new(), Proof ?? new());
        _person = await people.GetUserAsync(Context.User);

        // The form that was sent must be on the page, or nobody takes it.
        if (confirms && _person is { TwoFactorEnabled: false })
        {
            await ShowSetupAsync();
        }

        _codesLeft = _person is null ? 0 : await people.CountRecoveryCodesAsync(_person);
    }

    private async Task ChangePasswordAsync()
    {
        if (await IsWrongAsync(Password!.Old))
        {
            return;
        }

        var changed = await people.ChangePasswordAsync(_person!, Password.Old, Password.New);
        if (!changed.Succeeded)
        {
            _problem = string.Join(' ', changed.Errors.Select(error => error.Description));
            return;
        }

        await KeepAsync("password changed", "Your password is changed. Other devices are signed out.");
        Password = new PasswordDraft();
    }

    private async Task SetUpAsync()
    {
        if (_person!.TwoFactorEnabled)
        {
            return; // a form from before it was switched on must not take the key away
        }

        await people.ResetAuthenticatorKeyAsync(_person);
        await signIn.RefreshSignInAsync(_person);
        await ShowSetupAsync();
    }

    private async Task ConfirmAsync()
    {
        if (_person!.TwoFactorEnabled)
        {
            return;
        }

        if (!await people.VerifyTwoFactorTokenAsync(_person, AuthenticatorCodes.Provider, Code!.Code))
        {
            _problem = "That is not the code. See that the clock of your phone is right, and type the digits that it shows now.";
            return;
        }

        _setup = null;
        await people.SetTwoFactorEnabledAsync(_person, true);
        _recovery = [.. await people.GenerateNewTwoFactorRecoveryCodesAsync(_person, RecoveryCodes) ?? []];
        await KeepAsync("second factor switched on", "The second factor is on.");
    }

    private async Task SwitchOffAsync()
    {
        if (await IsWrongAsync(Proof!.Password))
        {
            return;
        }

        if (Proof.Act == "codes")
        {
            _recovery = [.. await people.GenerateNewTwoFactorRecoveryCodesAsync(_person!, RecoveryCodes) ?? []];
            await KeepAsync("recovery codes renewed", "These take the place of the old ones.");
        }
        else
        {
            await people.SetTwoFactorEnabledAsync(_person!, false);
            await people.ResetAuthenticatorKeyAsync(_person!);
            await KeepAsync("second factor switched off", "The second factor is off.");
        }
    }

    private async Task SignOutEverywhereAsync()
    {
        await people.UpdateSecurityStampAsync(_person!);
        await audit.AddAsync(_person!.UserName!, "signed out everywhere", _person.UserName!, null, CancellationToken.None);
        await signIn.SignOutAsync();
        navigation.NavigateTo("/signin");
    }

    // Who found an open browser must not be able to try passwords without end.
    private async Task<bool> IsWrongAsync(string password)
    {
        if ((await signIn.CheckPasswordSignInAsync(_person!, password, lockoutOnFailure: true)).Succeeded)
        {
            return false;
        }

        _problem = "That is not your password. After five wrong tries your name rests for five minutes.";
        return true;
    }

    private async Task KeepAsync(string what, string done)
    {
        await audit.AddAsync(_person!.UserName!, what, _person.UserName!, null, CancellationToken.None);
        await signIn.RefreshSignInAsync(_person); // the stamp is another one: this browser stays signed in
        _codesLeft = await people.CountRecoveryCodesAsync(_person);
        _done = done;
    }

    private async Task ShowSetupAsync()
    {
        var key = await people.GetAuthenticatorKeyAsync(_person!) ?? "";
        using var code = QRCodeGenerator.GenerateQrCode(AuthenticatorCodes.LinkOf(_person!.UserName!, key), QRCodeGenerator.ECCLevel.M);
        using var image = new PngByteQRCode(code);
        _setup = new Setup(
            string.Join(' ', key.Chunk(4).Select(part => new string(part))),
            $"data:image/png;base64,{Convert.ToBase64String(image.GetGraphic(PixelsPerModule))}");
    }

    private sealed record Setup(string Key, string Image);
}

public sealed class PasswordDraft
{
    [Required(ErrorMessage = "Give your password.")]
    [StringLength(IdentityRules.LongestPassword, ErrorMessage = "A password has at most 256 characters.")]
    public string Old { get; set; } = "";

    [Required(ErrorMessage = "Choose a password.")]
    [StringLength(IdentityRules.LongestPassword, MinimumLength = IdentityRules.ShortestPassword, ErrorMessage = "A password has 10 to 256 characters.")]
    public string New { get; set; } = "";

    [Compare(nameof(New), ErrorMessage = "The two passwords differ.")]
    public string Again { get; set; } = "";
}

/// <summary>The password once more, before something is changed that it protects.</summary>
public sealed class ProofDraft
{
    [Required(ErrorMessage = "Give your password.")]
    [StringLength(IdentityRules.LongestPassword, ErrorMessage = "A password has at most 256 characters.")]
    public string Password { get; set; } = "";

    /// <summary>The button that was pressed.</summary>
    public string? Act { get; set; }
}
