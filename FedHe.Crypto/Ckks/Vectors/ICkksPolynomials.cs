namespace FedHe.Crypto.Ckks.Vectors;

/// <summary>CKKS polynomials are the polynomials of a vector's ciphertexts, as words or packed as they travel.</summary>
internal interface ICkksPolynomials : IDisposable
{
    /// <summary>The number of primes that rescaling has not spent.</summary>
    int LimbCount { get; }

    /// <summary>Whether every coefficient that anybody has asked for was in its range.</summary>
    bool AreInRange { get; }

    /// <summary>Returns the words of one limb of c0 (polynomial 0) or, where it is stored, c1 (polynomial 1).</summary>
    /// <param name="ciphertext">Index of the ciphertext.</param>
    /// <param name="polynomial">0 for c0 or 1 for c1.</param>
    /// <param name="limb">Index of the prime.</param>
    /// <param name="scratch">Room for the words, which words in memory leave untouched.</param>
    ReadOnlySpan<ulong> Limb(int ciphertext, int polynomial, int limb, Span<ulong> scratch);

    /// <summary>Copies the words of one limb of c0 (polynomial 0) or, where it is stored, c1 (polynomial 1).</summary>
    void CopyLimb(int ciphertext, int polynomial, int limb, Span<ulong> destination);

    /// <summary>Refuses to go on with polynomials that were disposed.</summary>
    /// <exception cref="ObjectDisposedException">The polynomials were disposed.</exception>
    void ThrowIfDisposed();

    /// <summary>Creates another owner of the same polynomials, which nobody may write from now on.</summary>
    ICkksPolynomials Share();
}
