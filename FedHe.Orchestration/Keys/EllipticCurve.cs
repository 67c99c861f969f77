using System.Security.Cryptography;

namespace FedHe.Orchestration;

/// <summary>The one curve that keys of clients and authorities are on.</summary>
internal static class EllipticCurve
{
    private const string P256Oid = "1.2.840.10045.3.1.7";

    public static ECCurve P256 => ECCurve.NamedCurves.nistP256;

    public static bool IsP256(ECCurve curve) => curve.IsNamed && curve.Oid.Value == P256Oid;
}
