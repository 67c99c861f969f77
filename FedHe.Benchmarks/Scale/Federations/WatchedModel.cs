using FedHe.MLBridge.Layout;

namespace FedHe.Benchmarks.Scale.Federations;

/// <summary>A watched model tells how many of its values were read.</summary>
/// <param name="inner">The model.</param>
/// <param name="progress">Receives the number of values that were read so far.</param>
internal sealed class WatchedModel(IFlatModel inner, Action<long> progress) : IFlatModel
{
    private long _read;

    public ModelLayout Layout => inner.Layout;

    public void CopyFlatTo(long start, Span<double> destination)
    {
        progress(Interlocked.Add(ref _read, destination.Length));
        inner.CopyFlatTo(start, destination);
    }
}
