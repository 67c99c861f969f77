using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FedHe.Hosting.Certificates;

/// <summary>A certificate pin names the key of a certificate: SHA-256 of its SubjectPublicKeyInfo, as 64 hexadecimal digits.</summary>
/// <remarks>A renewed certificate with the same key has the same pin.</remarks>
public readonly record struct CertificatePin
{
    private const int Digits = 2 * SHA256.HashSizeInBytes;

    private readonly string? _text;

    private CertificatePin(string text) => _text = text;

    /// <summary>Computes the pin of a certificate.</summary>
    /// <param name="certificate">The certificate.</param>
    public static CertificatePin Of(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return new CertificatePin(Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())));
    }

    /// <summary>Reads a pin.</summary>
    /// <param name="text">The hexadecimal digits, in groups by colons or not.</param>
    /// <param name="pin">The pin.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CertificatePin? pin)
    {
        string digits = (text ?? string.Empty).Replace(":", string.Empty, StringComparison.Ordinal).Trim().ToLowerInvariant();
        pin = digits.Length == Digits && digits.All(char.IsAsciiHexDigit) ? new CertificatePin(digits) : null;
        return pin is not null;
    }

    /// <summary>Returns the 64 hexadecimal digits.</summary>
    public override string ToString() => _text ?? string.Empty;
}
