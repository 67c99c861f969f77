namespace FedHe.Crypto.Encoding;

/// <summary>Where the values of a vector sit in the plaintext polynomial of a ciphertext. Stateless and thread-safe.</summary>
internal interface IPacking
{
    /// <summary>How many values one polynomial holds.</summary>
    int ValuesPerPolynomial { get; }

    /// <summary>Encodes up to <see cref="ValuesPerPolynomial"/> values; missing ones are zero.</summary>
    /// <param name="values">The values, read and overwritten: the span is scratch space of full length.</param>
    /// <param name="coefficients">Receives the N coefficients, scaled and rounded.</param>
    void Encode(Span<double> values, Span<long> coefficients);

    /// <summary>Decodes N coefficients, which are overwritten.</summary>
    /// <param name="coefficients">Coefficients still at their scale.</param>
    /// <param name="values">Receives up to <see cref="ValuesPerPolynomial"/> values.</param>
    void Decode(Span<double> coefficients, Span<double> values);
}
