namespace FedHe.Crypto;

/// <summary>How a context works. Results never depend on it.</summary>
public sealed record HeContextOptions
{
    private readonly int _maxDegreeOfParallelism = -1;

    /// <summary>Options that use all cores.</summary>
    public static HeContextOptions Default { get; } = new();

    /// <summary>
    /// Largest number of threads of one operation; -1, the default, for as many as there are cores. With 1 no thread but
    /// the caller's runs.
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
