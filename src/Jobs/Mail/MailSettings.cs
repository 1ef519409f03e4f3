using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using VzDump.Engine;
using VzDump.Jobs.Settings;

namespace VzDump.Jobs.Mail;

/// <summary>The settings of mail: what was set in the dashboard, else the section <c>Mail</c> of the configuration.</summary>
public sealed class MailSettings
{
    private const string Key = "mail";
    private readonly IOptionsMonitor<MailOptions> _configured;
    private readonly ProductSettings _settings;
    private readonly IDataProtector _protector;

    internal MailSettings(IOptionsMonitor<MailOptions> configured, ProductSettings settings, IDataProtectionProvider keys)
    {
        _configured = configured;
        _settings = settings;
        _protector = keys.CreateProtector("Mail.Password");
    }

    /// <summary>Those that hold now.</summary>
    /// <exception cref="ProblemException">Nothing was set in the dashboard, and the section was changed to something that is not allowed.</exception>
    public async Task<MailInForce> ReadAsync(CancellationToken cancellation)
    {
        if (await _settings.FindAsync<SavedMail>(Key, cancellation) is not { } saved)
        {
            return new MailInForce(Configured(), IsSetHere: false);
        }

        var options = saved.Options;
        options.Password = Unprotected(saved.ProtectedPassword);
        return new MailInForce(options, IsSetHere: true);
    }

    /// <summary>What must be corrected before these can be saved; each names its property.</summary>
    public static IReadOnlyList<ValidationResult> Problems(MailOptions options)
    {
        var found = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), found, validateAllProperties: true);
        return found;
    }

    /// <summary>From now on these hold. The password is kept encrypted with the program's own keys.</summary>
    public Task SaveAsync(MailOptions options, string by, CancellationToken cancellation) =>
        _settings.SetAsync(Key, new SavedMail(options, options.Password is { } password ? _protector.Protect(password) : null), by, cancellation);

    /// <summary>From now on the configuration holds again.</summary>
    public Task ResetAsync(string by, CancellationToken cancellation) => _settings.RemoveAsync(Key, by, cancellation);

    private MailOptions Configured()
    {
        try
        {
            return _configured.CurrentValue;
        }
        catch (OptionsValidationException error)
        {
            throw new ProblemException(error.Message, error);
        }
    }

    // Null where the keys are others, e.g. on a new host: the server then says that it wants a password.
    private string? Unprotected(string? text)
    {
        try
        {
            return text is null ? null : _protector.Unprotect(text);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private sealed record SavedMail(MailOptions Options, string? ProtectedPassword);
}

/// <param name="IsSetHere">In the dashboard, not by the configuration.</param>
public sealed record MailInForce(MailOptions Options, bool IsSetHere);
