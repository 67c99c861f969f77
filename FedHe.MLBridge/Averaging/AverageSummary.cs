using System.Collections.Immutable;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Averaging;

/// <summary>The facts about averages that were written to an <see cref="IFlatModelWriter"/>.</summary>
/// <param name="ErrorBounds">The error bound of each tensor; see <see cref="AveragedModel.ErrorBounds"/>.</param>
/// <param name="Contributions">The number of clients averaged over.</param>
/// <param name="TotalWeight">The sum of the clients' weights.</param>
/// <param name="IsTotalWeightExact">
/// Whether the total weight is exact; see <see cref="AveragedModel.IsTotalWeightExact"/>.
/// </param>
public sealed record AverageSummary(
    ImmutableArray<double> ErrorBounds, int Contributions, long TotalWeight, bool IsTotalWeightExact);
