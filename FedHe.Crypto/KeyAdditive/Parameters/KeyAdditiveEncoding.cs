namespace FedHe.Crypto.KeyAdditive.Parameters;

/// <summary>An encoding says how a value in [-1, 1] becomes part of a coefficient.</summary>
public enum KeyAdditiveEncoding
{
    /// <summary>
    /// Each coefficient holds one value in fixed point, and the sum carries the noise of its uploads.
    /// </summary>
    FixedPoint = 1,

    /// <summary>
    /// Each coefficient holds one or several values, rounded to integers, and sums are exact: opening a sum reveals a
    /// function of the plaintexts only.
    /// </summary>
    ExactIntegers = 2,
}
