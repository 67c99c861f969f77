using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Ckks.Threshold.Parameters;

/// <summary>
/// Threshold requirements say what a threshold key must do; <see cref="ThresholdParameters.Plan"/> finds parameters that do it.
/// </summary>
/// <param name="Parties">The number n of parties, 2 to <see cref="MostParties"/>, each of which contributes to the key.</param>
/// <param name="Threshold">The number t of parties that open a sum, 2 to n.</param>
/// <param name="PrecisionBits">The number b of bits of a value in [-1, 1], 2 to 32, as in <c>CkksParameters.ForExactIntegers</c>.</param>
/// <param name="LargestTotalWeight">The largest total weight of a sum, 1 to 2^32.</param>
public sealed record ThresholdRequirements(int Parties, int Threshold, int PrecisionBits, long LargestTotalWeight)
{
    /// <summary>The largest number of parties: 64.</summary>
    public const int MostParties = 64;

    /// <summary>The largest number of ciphertexts that can be planned for one key: 2^30.</summary>
    public const long MostOpenings = 1 << 30;

    /// <summary>
    /// The ring degree N: 8192, the default, for 256 bits of security, 4096 for 128 bits and fewer values in a ciphertext, or 16384 or
    /// 32768.
    /// </summary>
    public int Degree { get; init; } = 8192;

    /// <summary>
    /// The bits s of statistical security with which flooding hides the key, over all openings together: 64 unless set, 40 to 80.
    /// </summary>
    public int StatisticalSecurity { get; init; } = 64;

    /// <summary>The number tau of ciphertexts that may ever be opened under one key: 2^20 unless set, 1 to 2^30.</summary>
    public long Openings { get; init; } = 1 << 20;

    /// <summary>The security level below which parameters are refused: 128 bits unless set.</summary>
    public SecurityLevel MinimumSecurity { get; init; } = SecurityLevel.Bits128;
}
