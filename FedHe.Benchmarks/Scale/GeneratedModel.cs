using System.Diagnostics;
using FedHe.MLBridge.Layout;

namespace FedHe.Benchmarks.Scale;

/// <summary>A client's model, or a part of it, generated whenever it is read.</summary>
internal sealed class GeneratedModel(ModelLayout layout, int client, long offset) : IFlatModel
{
    public ModelLayout Layout => layout;

    /// <summary>Time spent generating, which is no part of encryption.</summary>
    public TimeSpan Elapsed { get; private set; }

    public void CopyFlatTo(int start, Span<double> destination)
    {
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = GeneratedValues.Of(client, offset + start + i);
        }

        Elapsed += Stopwatch.GetElapsedTime(began);
    }
}
