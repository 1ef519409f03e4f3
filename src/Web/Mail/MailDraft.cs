using System.ComponentModel.DataAnnotations;
using System.Globalization;
using VzDump.Jobs.Mail;

namespace VzDump.Web.Mail;

/// <summary>The settings of mail as they are typed.</summary>
public sealed class MailDraft
{
    public bool IsBySmtp { get; set; }

    public string Server { get; set; } = "";

    public string Port { get; set; } = "";

    public MailSecurity? Security { get; set; }

    public string User { get; set; } = "";

    /// <summary>Empty for the one that is known, with the same user at the same server.</summary>
    public string Password { get; set; } = "";

    public string CaFile { get; set; } = "";

    public bool ChecksCertificate { get; set; } = true;

    public string From { get; set; } = "";

    public string Dashboard { get; set; } = "";

    public string Sendmail { get; set; } = "";

    public static MailDraft Of(MailOptions options) => new()
    {
        IsBySmtp = options.Server is not null,
        Server = options.Server ?? "",
        Port = options.Port?.ToString(CultureInfo.InvariantCulture) ?? "",
        Security = options.Security,
        User = options.User ?? "",
        CaFile = options.CaFile ?? "",
        ChecksCertificate = options.CheckCertificate,
        From = options.From ?? "",
        Dashboard = options.Dashboard?.ToString() ?? "",
        Sendmail = options.Sendmail,
    };

    /// <summary>What they mean, and what must be corrected; each problem names a property of <see cref="MailOptions"/>.</summary>
    /// <param name="before">Those that hold now: whose password is kept, and what is not typed here.</param>
    public (MailOptions Options, IReadOnlyList<ValidationResult> Problems) Read(MailOptions before)
    {
        var problems = new List<ValidationResult>();
        var options = new MailOptions
        {
            From = Text(From),
            Dashboard = Address(problems),
            Sendmail = Text(Sendmail) ?? before.Sendmail,
            Timeout = before.Timeout,
        };
        if (IsBySmtp)
        {
            options.Server = Text(Server);
            options.Port = Number(problems);
            options.Security = Security;
            options.User = Text(User);
            options.Password = options.User is null ? null : Password.Length > 0 ? Password : KeepsPassword(before) ? before.Password : null;
            options.CaFile = Text(CaFile);
            options.CheckCertificate = ChecksCertificate;
            if (options.Server is null)
            {
                problems.Add(new ValidationResult("Name the server, such as mail.example.org.", [nameof(MailOptions.Server)]));
            }

            if (options is { User: not null, Password: null })
            {
                problems.Add(new ValidationResult("Type the password for this server and user.", [nameof(MailOptions.Password)]));
            }
        }

        if (problems.Count == 0)
        {
            problems.AddRange(MailSettings.Problems(options));
        }

        return (options, problems);
    }

    /// <summary>Whether no password need be typed. It is never sent to a server that it was not typed for.</summary>
    public bool KeepsPassword(MailOptions before) => before.Password is not null && Text(User) == before.User && Text(Server) == before.Server;

    private int? Number(List<ValidationResult> problems)
    {
        if (Text(Port) is not { } text)
        {
            return null;
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            problems.Add(new ValidationResult($"'{text}' is no number of a port.", [nameof(MailOptions.Port)]));
        }

        return port;
    }

    private Uri? Address(List<ValidationResult> problems)
    {
        if (Text(Dashboard) is not { } text)
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var address))
        {
            problems.Add(new ValidationResult($"'{text}' is no address that begins with http:// or https://.", [nameof(MailOptions.Dashboard)]));
        }

        return address;
    }

    private static string? Text(string typed) => typed.Trim() is { Length: > 0 } text ? text : null;
}
