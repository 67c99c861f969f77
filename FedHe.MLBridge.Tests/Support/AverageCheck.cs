using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Tests.Support;

/// <summary>Compares averages, as they arrive, with those of the flat models.</summary>
internal sealed class AverageCheck(ModelLayout layout, double[][] models, long[] weights) : IFlatModelWriter
{
    private readonly double[] _largest = new double[layout.Tensors.Length];

    public long Position { get; private set; }

    public void Write(long start, ReadOnlySpan<double> averages)
    {
        start.Should().Be(Position, "averages come in order and without gaps");
        for (int i = 0; i < averages.Length; i++)
        {
            double expected = 0;
            for (int client = 0; client < models.Length; client++)
            {
                expected += weights[client] * models[client][start + i];
            }

            ref double largest = ref _largest[layout.RunAt(start + i, 1).TensorIndex];
            largest = Math.Max(largest, Math.Abs(averages[i] - (expected / weights.Sum())));
        }

        Position += averages.Length;
    }

    public void ShouldBeWithin(AverageSummary summary)
    {
        Position.Should().Be(layout.ParameterCount);
        for (int i = 0; i < _largest.Length; i++)
        {
            _largest[i].Should().BeLessThanOrEqualTo(summary.ErrorBounds[i]);
        }
    }
}
