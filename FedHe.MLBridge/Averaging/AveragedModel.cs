using System.Collections.Immutable;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Averaging;

/// <summary>The weighted average of the clients' models, with a bound on its error.</summary>
/// <param name="Parameters">The averages in their tensors' element types; the buffers are the template's.</param>
/// <param name="ErrorBounds">
/// For each tensor, in the order of the layout: a bound on the difference between any value and the exact average of
/// the same (clamped) inputs, including the rounding to the element type; 0 for buffers. A single value exceeds the
/// bound with probability at most 2^-80.
/// </param>
/// <param name="Contributions">The number of clients averaged over.</param>
/// <param name="TotalWeight">The sum of the clients' weights.</param>
/// <param name="IsTotalWeightExact">
/// Whether <paramref name="TotalWeight"/> is exact. A hidden total weight is decrypted, and only an estimate when the
/// noise of the sum exceeds half a unit of weight.
/// </param>
public sealed record AveragedModel(
    ModelParameters Parameters,
    ImmutableArray<double> ErrorBounds,
    int Contributions,
    long TotalWeight,
    bool IsTotalWeightExact)
{
    /// <summary>The largest error bound of any tensor; see <see cref="ErrorBounds"/>.</summary>
    public double MaxErrorBound => ErrorBounds.Max();

    /// <summary>Returns the error bound of a tensor, in the tensor's own units.</summary>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public double ErrorBoundOf(string tensorName) => ErrorBounds[Parameters.Layout.IndexOf(tensorName)];
}
