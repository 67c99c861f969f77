using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Random;

/// <summary>
/// A plaintext hasher computes a secret digest of everything that an operation is about to encrypt, for a key that must be new
/// for every plaintext.
/// </summary>
/// <remarks>
/// The digest is keyed by fresh randomness, so that nobody can test guesses of the plaintext. Where a machine is resumed twice
/// from one snapshot and randomness repeats itself, two different plaintexts still have different digests, but for a probability
/// of 2^-64. Nothing else depends on the plaintext where a key does: append everything that decides the values, every bit of it, as it will be
/// encrypted. It is not thread-safe.
/// </remarks>
public sealed class PlaintextHasher : IDisposable
{
    /// <summary>The number of bytes of a digest: 32.</summary>
    public const int DigestLength = SHA256.HashSizeInBytes;

    private readonly byte[] _root = SecretMemory.Allocate<byte>(SHA256.HashSizeInBytes);

    // What was appended so far, then the digest of the next values.
    private readonly byte[] _chain = SecretMemory.Allocate<byte>(2 * SHA256.HashSizeInBytes);

    /// <summary>Draws the key of the digest.</summary>
    /// <exception cref="Errors.HeRandomnessException">The operating system gives no random bytes.</exception>
    public PlaintextHasher()
        : this(RandomSource.System)
    {
    }

    internal PlaintextHasher(RandomSource random) => random.Fill(_root);

    /// <summary>Whether no byte was appended so far.</summary>
    internal bool IsEmpty { get; private set; } = true;

    /// <summary>Appends values as they lie in memory. Pieces of other lengths give another digest.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="values">The values; no bit of them is left out.</param>
    /// <param name="maxDegreeOfParallelism">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    public void Append<T>(ReadOnlySpan<T> values, int maxDegreeOfParallelism = 1)
        where T : unmanaged
    {
        IsEmpty &= values.IsEmpty;
        Span<byte> next = _chain.AsSpan(SHA256.HashSizeInBytes);
        PlaintextDigest.Compute(_root, UniversalHashKernel.BytesOf(values), maxDegreeOfParallelism, next);
        SHA256.HashData(_chain, _chain.AsSpan(0, SHA256.HashSizeInBytes));
    }

    /// <summary>Copies the digest of everything that was appended, which is secret: the caller zeroes it.</summary>
    /// <param name="destination">Receives <see cref="DigestLength"/> bytes.</param>
    public void CopyDigestTo(Span<byte> destination) => _chain.AsSpan(0, DigestLength).CopyTo(destination);

    /// <summary>Zeroes the key and the digest.</summary>
    public void Dispose()
    {
        SecretMemory.Zero<byte>(_root);
        SecretMemory.Zero<byte>(_chain);
    }

    /// <summary>Returns a fixed text, because a digest is never shown.</summary>
    public override string ToString() => "Plaintext hasher";
}
