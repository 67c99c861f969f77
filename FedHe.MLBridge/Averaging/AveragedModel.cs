using System.Collections.Immutable;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Averaging;

/// <summary>The weighted average of the clients' models, with the error it is promised to have.</summary>
/// <param name="Parameters">The averages in native element types; buffers are those of the template.</param>
/// <param name="ErrorBounds">
/// Per tensor, in the order of the layout: bound on the difference between any value and the exact average of the same
/// (clamped) inputs, rounding to the element type included; 0 for buffers. A single value exceeds it with probability at
/// most 2^-80.
/// </param>
/// <param name="Contributions">Number of clients averaged over.</param>
/// <param name="TotalWeight">Sum of their weights.</param>
/// <param name="IsTotalWeightExact">
/// Whether <paramref name="TotalWeight"/> is exact. Hidden weights are decrypted, and an estimate when the noise of the
/// sum exceeds half a unit of weight.
/// </param>
public sealed record AveragedModel(
    ModelParameters Parameters,
    ImmutableArray<double> ErrorBounds,
    int Contributions,
    long TotalWeight,
    bool IsTotalWeightExact)
{
    /// <summary>The largest of <see cref="ErrorBounds"/>.</summary>
    public double MaxErrorBound => ErrorBounds.Max();

    /// <summary>The error bound of a tensor.</summary>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public double ErrorBoundOf(string tensorName) => ErrorBounds[Parameters.Layout.IndexOf(tensorName)];
}
