using FedHe.Crypto.Kernels.Memory;
using FedHe.MLBridge.Layout;

namespace FedHe.Orchestration.Updates;

/// <summary>An encoded update is what a client encrypts, with the integers or the squeezed values that are zeroed afterwards.</summary>
/// <param name="values">The values to encrypt.</param>
/// <param name="integers">The integers that the values are, or nothing.</param>
/// <param name="clamped">The number of values that were moved to their bounds so far.</param>
internal sealed class EncodedUpdate(IFlatModel values, long[] integers, long clamped = 0) : IDisposable
{
    public IFlatModel Values => values;

    /// <summary>The number of values that were moved to their bounds before the encryption.</summary>
    public long Clamped => clamped;

    public void Dispose()
    {
        SecretMemory.Zero<long>(integers);
        (values as IDisposable)?.Dispose();
    }
}
