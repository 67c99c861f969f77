using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FedHe.Crypto.Random;
using FedHe.Hosting.Certificates;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;

namespace FedHe.Tool.Provisioning;

/// <summary>Kit secrets are the secrets of one party: a random password, and the private key of a certificate that the party signs itself.</summary>
/// <remarks>
/// Other parties know the certificate by its pin. Nobody needs to issue certificates, so there is no key whose loss would make strangers parties.
/// </remarks>
internal sealed class KitSecrets : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const int PasswordBytes = 24;

    // The clocks of parties differ.
    private static readonly TimeSpan Before = TimeSpan.FromDays(1);

    private readonly ECDsa _key;
    private readonly X509Certificate2 _certificate;

    private KitSecrets(string password, ECDsa key, X509Certificate2 certificate) => (Password, _key, _certificate) = (password, key, certificate);

    public string Password { get; }

    public CertificatePin Pin => CertificatePin.Of(_certificate);

    /// <summary>The end of the certificate.</summary>
    public DateTimeOffset Until => _certificate.NotAfter.ToUniversalTime();

    /// <summary>Makes the secrets of a party.</summary>
    /// <param name="party">The name of the party.</param>
    /// <param name="host">The name or address that callers of a server use, or null for a party that calls.</param>
    /// <param name="days">The number of days for which the certificate is valid.</param>
    /// <param name="time">The clock.</param>
    public static KitSecrets Create(string party, string? host, int days, TimeProvider time)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            var request = new CertificateRequest($"CN={party}", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(host is null ? ClientAuthentication : ServerAuthentication)], critical: false));
            if (host is not null)
            {
                request.CertificateExtensions.Add(NameOf(host));
            }

            DateTimeOffset now = time.GetUtcNow();
            return new KitSecrets(DrawPassword(), key, request.CreateSelfSigned(now - Before, now.AddDays(days)));
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Writes the secrets into the folder of a kit.</summary>
    public void Write(string kit)
    {
        AtomicFile.Replace(Path.Combine(kit, KitFiles.Password), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Password}\n")));
        AtomicFile.Replace(Path.Combine(kit, KitFiles.Certificate), Encoding.ASCII.GetBytes($"{_certificate.ExportCertificatePem()}\n"));
        AtomicFile.Replace(Path.Combine(kit, KitFiles.CertificateKey), Encoding.ASCII.GetBytes($"{_key.ExportPkcs8PrivateKeyPem()}\n"));
    }

    /// <summary>Draws a password that nobody has to remember.</summary>
    public static string DrawPassword()
    {
        Span<byte> random = stackalloc byte[PasswordBytes];
        HedgedRandom.Fill(random);
        string password = Convert.ToHexStringLower(random);
        CryptographicOperations.ZeroMemory(random);
        return password;
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }

    private static X509Extension NameOf(string host)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }

        return names.Build();
    }
}
