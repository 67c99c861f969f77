using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Squeezing;

/// <summary>A squeezed difference is what a client encrypts in a round: the values that travel, in units of their tensors' bounds, and the marks.</summary>
public sealed class SqueezedDifference : IFlatModel, IDisposable
{
    private readonly SecretBuffer _values;

    internal SqueezedDifference(int count)
    {
        Layout = SqueezedUpdates.LayoutOf(count);
        _values = new SecretBuffer(Layout.ToArrayLength());
    }

    /// <inheritdoc/>
    public ModelLayout Layout { get; }

    /// <summary>The number of values that exceeded their tensor's bound. They travel as the bound, and the client keeps the rest.</summary>
    public int Clamped { get; internal set; }

    internal Span<double> Values => _values.Span;

    /// <inheritdoc/>
    public void CopyFlatTo(long start, Span<double> destination) => Values.Slice((int)start, destination.Length).CopyTo(destination);

    /// <summary>Zeroes the values.</summary>
    public void Dispose() => _values.Dispose();
}
