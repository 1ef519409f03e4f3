using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace VzDump.Tests.Jobs.Mail;

/// <summary>A certificate that only itself vouches for.</summary>
internal sealed record TestCertificate(string Path, string KeyPath)
{
    public static TestCertificate Make(string folder, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var made = new TestCertificate(System.IO.Path.Combine(folder, "certificate.pem"), System.IO.Path.Combine(folder, "key.pem"));
        File.WriteAllText(made.Path, certificate.ExportCertificatePem());
        File.WriteAllText(made.KeyPath, key.ExportPkcs8PrivateKeyPem());
        return made;
    }
}
