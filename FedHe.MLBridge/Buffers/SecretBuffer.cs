using System.Buffers;

namespace FedHe.MLBridge.Buffers;

/// <summary>A pooled buffer for values of a model, zeroed before it returns to the pool.</summary>
internal sealed class SecretBuffer(int length) : IDisposable
{
    private double[]? _values = ArrayPool<double>.Shared.Rent(Math.Max(1, length));

    public Span<double> Span => _values.AsSpan(0, length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _values, null) is double[] values)
        {
            values.AsSpan(0, length).Clear();
            ArrayPool<double>.Shared.Return(values);
        }
    }
}
