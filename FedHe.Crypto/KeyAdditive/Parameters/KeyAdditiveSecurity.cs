using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.KeyAdditive.Parameters;

/// <summary>
/// The security gate of key-additive encryption takes the table of the standards one level stricter, because opening a
/// sum reveals the sum of the round keys.
/// </summary>
/// <remarks>
/// Given every pairwise sum of coins of two honest contributors, a round key is a public polynomial plus binomial
/// coefficients whose mean variance is 5.25 instead of 10.5, and so are the errors. Estimates for two honest
/// contributors are 305 bits and more at degree 4096 up to a modulus of 50 bits, and 204 bits and more at degree 2048 up
/// to 36 bits; docs/parameters.md gives the derivation.
/// </remarks>
internal static class KeyAdditiveSecurity
{
    /// <summary>The degrees that a plan may choose, in ascending order.</summary>
    public static readonly int[] Degrees = [2048, 4096];

    /// <summary>The level below the level that the table states, which is the level that an upload keeps.</summary>
    public static SecurityLevel LevelOf(int degree, int modulusBits) => SecurityTable.LevelOf(degree, modulusBits) switch
    {
        SecurityLevel.Bits256 => SecurityLevel.Bits192,
        SecurityLevel.Bits192 => SecurityLevel.Bits128,
        _ => SecurityLevel.None,
    };
}
