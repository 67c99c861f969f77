using FedHe.Crypto.Bounds;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;

namespace FedHe.Crypto.Tests.Architecture.Offenders;

/// <summary>Does to FedHe.Crypto what only a friend can.</summary>
public static class UsesInternals
{
    public static string? NameOfInternalType => typeof(Throw).FullName;

    public static VectorBound InternalMethodOfPublicType(VectorBound bound) => bound.RoundUp();

    public static VectorBound PublicMethodOfPublicType(VectorBound bound) => bound.Add(bound);

    public static KeyPair? PublicType => null;
}
