namespace FedHe.Crypto;

/// <summary>Context options say how a context works. Results never depend on them.</summary>
public sealed record HeContextOptions
{
    private readonly int _maxDegreeOfParallelism = -1;

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
}
