using FedHe.MLBridge.Layout;

namespace FedHe.Benchmarks.Scale.Federations;

/// <summary>A zero model is a model of zeros of any size.</summary>
internal sealed class ZeroModel(ModelLayout layout) : IFlatModel
{
    public ModelLayout Layout => layout;

    public void CopyFlatTo(long start, Span<double> destination) => destination.Clear();
}
