namespace FedHe.Crypto.Serialization;

/// <summary>Wire limits are sizes above which untrusted bytes are refused before anything is allocated for them.</summary>
/// <param name="MaxValues">Largest number of values in one vector, or of elements in one layout.</param>
/// <param name="MaxBytes">Largest encoded length of one object, in bytes.</param>
public sealed record WireLimits(long MaxValues, int MaxBytes)
{
    /// <summary>The default limits, 2^27 values and 1 GiB, for a host that does not know its model yet.</summary>
    public static WireLimits Default { get; } = new(1 << 27, 1 << 30);

    /// <summary>Creates limits for vectors of a known length, so that nothing larger is ever allocated.</summary>
    /// <param name="length">The number of values expected.</param>
    public static WireLimits ForLength(int length) => new(length, Default.MaxBytes);
}
