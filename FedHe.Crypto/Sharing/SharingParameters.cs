using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Sharing;
using FedHe.Crypto.KeyAdditive.Keys;

namespace FedHe.Crypto.Sharing;

/// <summary>Sharing parameters say how a round key is shared among the members of a committee.</summary>
/// <remarks>
/// Source: Shamir, "How to Share a Secret", 1979, over F_p with p = <see cref="Prime"/>, for each coefficient of a round key by
/// itself.
/// </remarks>
public sealed record SharingParameters
{
    /// <summary>The prime p = 65521, the largest below 2^16. An element of the field takes two bytes.</summary>
    public const int Prime = (int)SharingKernel.Prime;

    /// <summary>The largest number of members: 255.</summary>
    public const int MaxMembers = SharingKernel.MaxPoint;

    /// <summary>The largest number of round keys in a sum: 1560.</summary>
    /// <remarks>
    /// A coefficient of a sum of n round keys is one of the 42n + 1 integers of magnitude at most 21n. The field has p elements, so
    /// it tells them apart as long as 42n + 1 is at most p; at 1560 both are 65521, and every element is a possible coefficient.
    /// </remarks>
    public const int MaxContributors = (Prime - 1) / (2 * RoundKey.LargestCoefficient);

    private const int MaxLength = 1 << 15;

    /// <summary>Creates the parameters of a sharing.</summary>
    /// <param name="members">The number m of members, 2 to <see cref="MaxMembers"/>.</param>
    /// <param name="threshold">The number t of shares that open a key, 2 to <paramref name="members"/>.</param>
    /// <param name="length">The number of coefficients of a round key, 1 to 2^15.</param>
    /// <exception cref="HeParameterException">A number is outside its range.</exception>
    public SharingParameters(int members, int threshold, int length)
    {
        if (members is < 2 or > MaxMembers)
        {
            throw Throw.SharingNotSupported($"A round key is shared among 2 to {MaxMembers} members.");
        }

        if (threshold < 2 || threshold > members)
        {
            throw Throw.SharingNotSupported("The threshold is at least 2 and at most the number of members.");
        }

        if (length is < 1 or > MaxLength)
        {
            throw Throw.SharingNotSupported($"A shared key has 1 to {MaxLength} coefficients.");
        }

        Members = members;
        Threshold = threshold;
        Length = length;
    }

    /// <summary>The number m of members.</summary>
    public int Members { get; }

    /// <summary>The number t of shares that open a key. Fewer shares are independent of the key.</summary>
    public int Threshold { get; }

    /// <summary>The number of coefficients of a round key.</summary>
    public int Length { get; }

    /// <summary>The number of bytes of a share: two for each coefficient.</summary>
    public int ShareSizeInBytes => sizeof(ushort) * Length;

    /// <summary>The point at which the share of a member is the value of the polynomials; the key is their value at 0.</summary>
    internal static int PointOf(int member) => member + 1;
}
