using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FedHe.Hosting.Tests.Support;

/// <summary>Makes self-signed certificates for this machine.</summary>
internal static class TestCertificate
{
    public static X509Certificate2 Create(string name, TimeSpan? from = null, TimeSpan? to = null, ECDsa? key = null)
    {
        using ECDsa? own = key is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        var request = new CertificateRequest($"CN={name}", key ?? own!, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 made = request.CreateSelfSigned(
            TimeProvider.System.GetUtcNow() + (from ?? TimeSpan.FromDays(-1)), TimeProvider.System.GetUtcNow() + (to ?? TimeSpan.FromDays(1)));

        // TLS needs a key that is not bound to the object that made it.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), password: null);
    }

    /// <summary>Writes certificate and key as one file in PEM.</summary>
    public static void WritePem(this X509Certificate2 certificate, string path)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(path, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }
}
