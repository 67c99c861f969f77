using System.Collections.Immutable;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Averaging;

/// <summary>What is known of averages that were handed to an <see cref="IFlatModelWriter"/>.</summary>
/// <param name="ErrorBounds">As <see cref="AveragedModel.ErrorBounds"/>.</param>
/// <param name="Contributions">Number of clients averaged over.</param>
/// <param name="TotalWeight">Sum of their weights.</param>
/// <param name="IsTotalWeightExact">As <see cref="AveragedModel.IsTotalWeightExact"/>.</param>
public sealed record AverageSummary(
    ImmutableArray<double> ErrorBounds, int Contributions, long TotalWeight, bool IsTotalWeightExact);
