namespace FedHe.Crypto.KeyAdditive.Ring;

/// <summary>
/// A key mask holds the transform of a key s, in pinned memory, and masks ciphertexts with the products a_j*s. It is
/// thread-safe.
/// </summary>
/// <remarks>Implementations differ in the width of the words that they compute on, and agree bit for bit.</remarks>
internal abstract class KeyMask
{
    /// <summary>Creates the mask of a key, in the narrowest words that hold the ring's numbers.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="coefficients">The N coefficients of the key, of magnitude at most 2^31.</param>
    public static KeyMask Create(KeyAdditiveRing ring, ReadOnlySpan<long> coefficients) => ring.HalfTransform is null
        ? new WordKeyMask(ring, coefficients)
        : new HalfKeyMask(ring, ring.HalfTransform, coefficients);

    /// <summary>Encodes values as m and computes the highest bits of c = e + m - a_j*s.</summary>
    /// <param name="polynomials">The public polynomials.</param>
    /// <param name="index">The index j.</param>
    /// <param name="values">As many values as a ciphertext holds.</param>
    /// <param name="workspace">Scratch memory, with the error e in <see cref="KeyAdditiveWorkspace.Error"/>.</param>
    /// <param name="destination">Receives the packed ciphertext.</param>
    public abstract void Encrypt(
        PublicPolynomials polynomials,
        int index,
        ReadOnlySpan<double> values,
        KeyAdditiveWorkspace workspace,
        Span<byte> destination);

    /// <summary>Computes 2^t*V + n*(2^t - 1)/2 + a_j*s, centered, and decodes it; tells whether every code of V was in its range.</summary>
    /// <param name="polynomials">The public polynomials.</param>
    /// <param name="index">The index j.</param>
    /// <param name="sum">The sum V.</param>
    /// <param name="workspace">Scratch memory.</param>
    /// <param name="values">Receives the first values of the ciphertext, which mean nothing where a code was not.</param>
    public abstract bool TryDecrypt(
        PublicPolynomials polynomials, int index, PackedSum sum, KeyAdditiveWorkspace workspace, Span<double> values);

    /// <summary>Overwrites the transform with zeros.</summary>
    public abstract void Zero();
}
