using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace VzDump.Jobs.Mail;

/// <summary>Whether a mail server is who it says it is.</summary>
internal sealed class ServerTrust : IDisposable
{
    private readonly bool _check;
    private readonly X509Certificate2Collection? _authorities;

    private ServerTrust(bool check, X509Certificate2Collection? authorities)
    {
        _check = check;
        _authorities = authorities;
    }

    /// <summary>Why the last certificate was not accepted.</summary>
    public string? Complaint { get; private set; }

    public static ServerTrust Of(MailOptions options)
    {
        if (options.CaFile is not { } file || !options.CheckCertificate)
        {
            return new ServerTrust(options.CheckCertificate, null);
        }

        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return new ServerTrust(check: true, authorities);
    }

    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Complaint = !_check ? null : ComplaintAbout(certificate, chain, errors);
        return Complaint is null;
    }

    public void Dispose()
    {
        foreach (var authority in _authorities ?? [])
        {
            authority.Dispose();
        }
    }

    private string? ComplaintAbout(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "it shows none";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"it is made out to another name ({certificate.Subject})";
        }

        if (_authorities is null)
        {
            return errors is SslPolicyErrors.None ? null : Words(chain);
        }

        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.ExtraStore.AddRange(chain?.ChainElements.Select(element => element.Certificate).ToArray() ?? []);
        using var shown = new X509Certificate2(certificate);
        return own.Build(shown) ? null : Words(own);
    }

    private static string Words(X509Chain? chain) => chain?.ChainStatus is [var first, ..] ? first.StatusInformation.TrimEnd('.', ' ', '\n') : "nobody that this host trusts vouches for it";
}
