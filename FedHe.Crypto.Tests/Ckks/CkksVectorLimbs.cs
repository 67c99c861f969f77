using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Vectors;

namespace FedHe.Crypto.Tests.Ckks;

/// <summary>These extensions give tests the words of a vector.</summary>
internal static class CkksVectorLimbs
{
    /// <summary>Returns the words of one limb of c0 (polynomial 0) or, where it is stored, c1 (polynomial 1).</summary>
    public static ReadOnlySpan<ulong> Limb(this CkksVector vector, int ciphertext, int polynomial, int limb)
        => vector.Limb(ciphertext, polynomial, limb, new ulong[((CkksParameters)vector.Parameters).Degree]);
}
