using System.ComponentModel.DataAnnotations;
using VzDump.Engine;
using VzDump.Engine.Configuration;
using VzDump.Jobs.Audit;
using VzDump.Jobs.Mail;
using VzDump.Web.Logging;
using VzDump.Web.SignIn;

namespace VzDump.Web.Mail;

/// <summary>How mail leaves this host, for administrators of all guests.</summary>
public sealed class MailDesk(MailSettings settings, MailTrial trial, AuditTrail audit, KnownSecrets secrets)
{
    /// <exception cref="ProblemException">He may not see this.</exception>
    public async Task<MailInForce> ReadAsync(Rights rights, CancellationToken cancellation)
    {
        Need(rights);
        var now = await settings.ReadAsync(cancellation);
        secrets.Add(now.Options.Password);
        return now;
    }

    /// <summary>From now on these hold; nothing is saved where something must be corrected.</summary>
    /// <returns>What must be corrected; empty when it is saved.</returns>
    /// <exception cref="ProblemException">He may not do this.</exception>
    public async Task<IReadOnlyList<ValidationResult>> SaveAsync(Rights rights, MailDraft draft, CancellationToken cancellation)
    {
        Need(rights);
        var (options, problems) = draft.Read((await settings.ReadAsync(cancellation)).Options);
        if (problems.Count == 0)
        {
            secrets.Add(options.Password);
            await settings.SaveAsync(options, rights.Who, cancellation);
        }

        return problems;
    }

    /// <summary>From now on the configuration's section holds again.</summary>
    /// <exception cref="ProblemException">He may not do this.</exception>
    public Task ResetAsync(Rights rights, CancellationToken cancellation)
    {
        Need(rights);
        return settings.ResetAsync(rights.Who, cancellation);
    }

    /// <summary>Sends a test mail with these settings, saved or not. Null when it was taken; else a sentence about what went wrong.</summary>
    /// <exception cref="ProblemException">He may not do this, or something must be corrected first.</exception>
    public async Task<string?> TryAsync(Rights rights, MailDraft draft, string recipient, CancellationToken cancellation)
    {
        Need(rights);
        if (!MailRecipients.IsRecipient(recipient))
        {
            throw new ProblemException($"'{recipient}' is no mail address. Type one such as admin@example.org.");
        }

        var (options, problems) = draft.Read((await settings.ReadAsync(cancellation)).Options);
        if (problems.Count > 0)
        {
            throw new ProblemException("Correct the settings first: " + string.Join(' ', problems.Select(problem => problem.ErrorMessage)));
        }

        secrets.Add(options.Password);
        await audit.AddAsync(rights.Who, "test mail sent", recipient, options.Server, cancellation);
        return await trial.SendAsync(options, recipient, cancellation);
    }

    private static void Need(Rights rights)
    {
        if (!rights.AdministersNode)
        {
            throw new ProblemException("Only an administrator of all guests may look after the mail.");
        }
    }
}
