using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Tests.Support;

/// <summary>A model of any size whose values are computed from their positions, in steps of 2^-8 of 1.</summary>
internal sealed class HugeModel(ModelLayout layout, long shift = 0) : IFlatModel
{
    public ModelLayout Layout => layout;

    public static double ValueAt(long position) => ((position * 37 % 511) - 255) / 256.0;

    public void CopyFlatTo(long start, Span<double> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = ValueAt(start + i + shift);
        }
    }
}
