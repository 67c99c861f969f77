namespace FedHe.Crypto.Encoding;

/// <summary>
/// A packing encodes the values of a vector as coefficients of plaintext polynomials. It is stateless and thread-safe.
/// </summary>
internal interface IPacking
{
    /// <summary>The number of values that one polynomial holds.</summary>
    int ValuesPerPolynomial { get; }

    /// <summary>Encodes the values of one polynomial.</summary>
    /// <param name="values">As many values as a polynomial holds.</param>
    /// <param name="coefficients">Receives the N coefficients, scaled and rounded.</param>
    void Encode(ReadOnlySpan<double> values, Span<long> coefficients);

    /// <summary>Decodes the N coefficients of one polynomial, which are overwritten.</summary>
    /// <param name="coefficients">Coefficients still at their scale.</param>
    /// <param name="values">Receives up to <see cref="ValuesPerPolynomial"/> values.</param>
    void Decode(Span<double> coefficients, Span<double> values);
}
