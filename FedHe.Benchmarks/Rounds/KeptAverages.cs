using FedHe.MLBridge.Kernels;
using FedHe.MLBridge.Layout;

namespace FedHe.Benchmarks.Rounds;

/// <summary>A model of single-precision values that is overwritten by every round's averages.</summary>
internal sealed class KeptAverages(int length) : IFlatModelWriter
{
    private readonly float[] _values = new float[length];

    public ReadOnlySpan<float> Values => _values;

    public void Write(long start, ReadOnlySpan<double> averages)
        => FlatKernel.Narrow(averages, _values.AsSpan((int)start, averages.Length));
}
