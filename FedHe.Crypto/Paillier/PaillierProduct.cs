namespace FedHe.Crypto.Paillier;

/// <summary>
/// Running products modulo n^2, which are sums of what was encrypted. Ranges that do not overlap may be used at once.
/// </summary>
internal abstract class PaillierProduct : IDisposable
{
    /// <summary>product *= c^weight, for as many products as there are ciphertexts.</summary>
    /// <param name="first">Index of the first product.</param>
    /// <param name="ciphertexts">Units modulo n^2.</param>
    /// <param name="weight">At least 1; public.</param>
    public abstract void MultiplyPower(int first, ReadOnlySpan<byte> ciphertexts, long weight);

    /// <summary>The products from <paramref name="first"/> on, as many as the destination holds.</summary>
    public abstract void CopyTo(int first, Span<byte> ciphertexts);

    public abstract void Dispose();
}
