using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.KeyAdditive.Parameters;

/// <summary>
/// Requirements say what key-additive encryption must do in a job; <see cref="KeyAdditiveParameters.Plan"/> finds the
/// smallest parameters that do it.
/// </summary>
/// <param name="MaxContributors">The largest number n of uploads in a sum, 2 to <see cref="LargestContributors"/>.</param>
/// <param name="PrecisionBits">
/// The number b of bits of the average: of n values in [-1, 1], its standard deviation is at most 2^-(b+1) with
/// <see cref="KeyAdditiveEncoding.FixedPoint"/>, and its error at most 2^-b with
/// <see cref="KeyAdditiveEncoding.ExactIntegers"/>. From 4 to 32.
/// </param>
public sealed record KeyAdditiveRequirements(int MaxContributors, int PrecisionBits)
{
    /// <summary>The largest number of uploads in a sum: 16,384.</summary>
    public const int LargestContributors = 1 << 14;

    /// <summary>The smallest number of bits of an average.</summary>
    public const int LeastPrecisionBits = 4;

    /// <summary>The largest number of bits of an average.</summary>
    public const int LargestPrecisionBits = 32;

    /// <summary>The encoding of values, which is fixed point unless another encoding is set.</summary>
    public KeyAdditiveEncoding Encoding { get; init; } = KeyAdditiveEncoding.FixedPoint;

    /// <summary>
    /// The least sum F of the factors f in (0, 1] by which contributors multiply their values, for which the precision is
    /// promised. It is <see cref="MaxContributors"/>, equal weights, unless something smaller is set.
    /// </summary>
    /// <remarks>The average divides by F instead of n, so a smaller F costs log2(n/F) bits.</remarks>
    public double? LeastFactorSum { get; init; }

    /// <summary>
    /// The security level that one upload keeps after the sum of the round keys is known, with two honest contributors.
    /// It is <see cref="SecurityLevel.Bits128"/> unless a higher level is set; a lower level is refused.
    /// </summary>
    public SecurityLevel SecurityLevel { get; init; } = SecurityLevel.Bits128;
}
