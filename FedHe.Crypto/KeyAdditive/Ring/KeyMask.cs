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

    /// <summary>Computes the highest bits of c = e + m - a_j*s.</summary>
    /// <param name="polynomials">The public polynomials.</param>
    /// <param name="index">The index j.</param>
    /// <param name="workspace">The message m in <see cref="KeyAdditiveWorkspace.Coefficients"/>, and the error e.</param>
    /// <param name="destination">Receives the packed ciphertext.</param>
    public abstract void Encrypt(
        PublicPolynomials polynomials, int index, KeyAdditiveWorkspace workspace, Span<byte> destination);

    /// <summary>Computes 2^t*V + floor(n*(2^t - 1)/2) + a_j*s, centered.</summary>
    /// <param name="polynomials">The public polynomials.</param>
    /// <param name="index">The index j.</param>
    /// <param name="workspace">Scratch memory.</param>
    /// <param name="sum">The sum V.</param>
    /// <param name="destination">Receives N integers in (-q/2, q/2].</param>
    public abstract void Decrypt(
        PublicPolynomials polynomials, int index, KeyAdditiveWorkspace workspace, PackedSum sum, Span<double> destination);

    /// <summary>Overwrites the transform with zeros.</summary>
    public abstract void Zero();
}
