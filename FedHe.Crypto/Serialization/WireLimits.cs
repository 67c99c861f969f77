namespace FedHe.Crypto.Serialization;

/// <summary>Sizes above which untrusted bytes are refused before anything is allocated for them.</summary>
/// <param name="MaxValues">Largest number of values in one vector.</param>
/// <param name="MaxBytes">Largest encoded length of one object, in bytes.</param>
public sealed record WireLimits(int MaxValues, int MaxBytes)
{
    /// <summary>At most 2^27 values (134 million) and 1 GiB: for a host that knows nothing about its model yet.</summary>
    public static WireLimits Default { get; } = new(1 << 27, 1 << 30);

    /// <summary>Limits that fit vectors of a known length: nothing larger is ever allocated.</summary>
    /// <param name="length">The number of values expected.</param>
    public static WireLimits ForLength(int length) => new(length, Default.MaxBytes);
}
