using FedHe.Crypto.Bounds;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;

namespace FedHe.Crypto.Tests.Architecture.Offenders;

/// <summary>Does to FedHe.Crypto what only a friend can.</summary>
public static class UsesInternals
{
    public static string? NameOfInternalType => typeof(Throw).FullName;

    public static void UseInternalMethodOfPublicType(SecretKey key) => key.DemandExport(SecretKeyExportPolicy.Clear);

    public static VectorBound UsePublicMethodOfPublicType(VectorBound bound) => bound.Add(bound);

    public static KeyPair? PublicType => null;
}
