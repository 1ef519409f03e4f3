using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text.Json.Serialization;
using VzDump.Engine.Configuration;

namespace VzDump.Jobs.Mail;

/// <summary>How mail leaves this host: by an SMTP server, else by the host's own <c>sendmail</c>.</summary>
public sealed class MailOptions : IValidatableObject
{
    /// <summary>Name or address of an SMTP server; null for the host's sendmail.</summary>
    public string? Server { get; set; }

    /// <summary>Null for the usual one: 587, 465 with TLS from the start, 25 without TLS.</summary>
    [Range(1, 65535)]
    public int? Port { get; set; }

    /// <summary>Null for StartTls, and for None with a server on this host.</summary>
    public MailSecurity? Security { get; set; }

    /// <summary>Null for a server that asks for nobody.</summary>
    public string? User { get; set; }

    /// <summary>In no file or row as it is.</summary>
    [JsonIgnore]
    public string? Password { get; set; }

    /// <summary>A PEM file with the authorities that may vouch for the server, instead of those of the host.</summary>
    public string? CaFile { get; set; }

    /// <summary>Whether the server must prove who it is. Only a server on this host need not.</summary>
    public bool CheckCertificate { get; set; } = true;

    /// <summary>The sender, instead of <c>email_from</c> in datacenter.cfg.</summary>
    public string? From { get; set; }

    /// <summary>Where people reach the dashboard, e.g. <c>https://backup.example.org</c>; for the pointers in mail.</summary>
    public Uri? Dashboard { get; set; }

    /// <summary>The program that takes mail, when there is no server: a name or a path.</summary>
    [Required]
    public string Sendmail { get; set; } = "sendmail";

    /// <summary>How long one try may take.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(2);

    internal MailSecurity UsedSecurity => Security ?? (IsLocal ? MailSecurity.None : MailSecurity.StartTls);

    internal int UsedPort => Port ?? UsedSecurity switch
    {
        MailSecurity.None => 25,
        MailSecurity.StartTls => 587,
        _ => 465,
    };

    private bool IsLocal => Server is "localhost" || (IPAddress.TryParse(Server, out var address) && IPAddress.IsLoopback(address));

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (From is not null && !MailRecipients.IsRecipient(From))
        {
            yield return new ValidationResult($"Mail:From is '{From}', which is no mail address.", [nameof(From)]);
        }

        if (Server is not null && Uri.CheckHostName(Server) is UriHostNameType.Unknown)
        {
            yield return new ValidationResult($"Mail:Server is '{Server}', which is no name and no address of a host.", [nameof(Server)]);
        }

        if (User is null != Password is null)
        {
            yield return new ValidationResult("Mail:User and Mail:Password belong together: set both or none.", [nameof(User), nameof(Password)]);
        }

        if (!CheckCertificate && !IsLocal)
        {
            yield return new ValidationResult("Mail:CheckCertificate can be off only for a server on this host; for another one, name its authority in Mail:CaFile.", [nameof(CheckCertificate)]);
        }

        if (User is not null && UsedSecurity is MailSecurity.None && !IsLocal)
        {
            yield return new ValidationResult("Mail:Password would cross the network in the clear: set Mail:Security to StartTls or Implicit.", [nameof(Security)]);
        }

        if (Dashboard is { IsAbsoluteUri: false } or { Scheme: not ("http" or "https") })
        {
            yield return new ValidationResult("Mail:Dashboard is no address that begins with http:// or https://.", [nameof(Dashboard)]);
        }
    }
}

public enum MailSecurity
{
    /// <summary>In the clear.</summary>
    None,

    /// <summary>In the clear until both have agreed on TLS, which must happen before anything else.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Implicit,
}
