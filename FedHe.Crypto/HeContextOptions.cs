namespace FedHe.Crypto;

/// <summary>Context options say how a context works. Decrypted results never depend on them.</summary>
public sealed record HeContextOptions
{
    private const int LeastSecretLength = 32;

    private readonly int _maxDegreeOfParallelism = -1;
    private readonly ReadOnlyMemory<byte> _randomnessSecret;

    /// <summary>The default options, which use all cores.</summary>
    public static HeContextOptions Default { get; } = new();

    /// <summary>
    /// The largest number of threads of one operation, or -1, the default, for one thread per core. With 1, all work
    /// runs on the thread of the caller.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor -1.</exception>
    public int MaxDegreeOfParallelism
    {
        get => _maxDegreeOfParallelism;
        init => _maxDegreeOfParallelism = value is > 0 or -1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), "The degree is positive, or -1 for all cores.");
    }

    /// <summary>
    /// A secret of this client, of 32 bytes or more, under which the context hashes all of its randomness; nothing, the
    /// default, for a random key of the process.
    /// </summary>
    /// <remarks>
    /// Clients that were copied from one machine image, and so may share the state of their generators, part from each other by
    /// it. The context keeps a hash of it. Schemes that encrypt in native code draw their own randomness and do not use it.
    /// </remarks>
    /// <exception cref="ArgumentException">The secret has 1 to 31 bytes.</exception>
    public ReadOnlyMemory<byte> RandomnessSecret
    {
        get => _randomnessSecret;
        init => _randomnessSecret = value.Length is 0 or >= LeastSecretLength
            ? value
            : throw new ArgumentException($"The secret needs at least {LeastSecretLength} bytes.", nameof(value));
    }
}
