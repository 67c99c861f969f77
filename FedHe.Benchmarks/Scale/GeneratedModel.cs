using System.Diagnostics;
using FedHe.MLBridge.Layout;

namespace FedHe.Benchmarks.Scale;

/// <summary>A generated model is a client's model, or a part of one, whose values are computed whenever they are
/// read.</summary>
internal sealed class GeneratedModel(ModelLayout layout, int client, long offset) : IFlatModel
{
    private readonly ElementType _type = layout.Tensors[0].ElementType;

    public ModelLayout Layout => layout;

    /// <summary>The time spent generating, which is no part of encryption.</summary>
    public TimeSpan Elapsed { get; private set; }

    public void CopyFlatTo(long start, Span<double> destination)
    {
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = GeneratedValues.Of(client, offset + start + i, _type);
        }

        Elapsed += Stopwatch.GetElapsedTime(began);
    }
}
