using FedHe.MLBridge.Averaging;
using FedHe.Orchestration.Server;

namespace FedHe.Orchestration.Transport;

/// <summary>The result of one attempt at a round.</summary>
/// <param name="Report">The server's report, with the receipts.</param>
/// <param name="Model">
/// The model that clients decrypted, with its error bounds; null without a quorum, or when no client received it.
/// </param>
/// <param name="Costs">The time and bytes that the attempt took.</param>
public sealed record RoundResult(RoundReport Report, AveragedModel? Model, RoundCosts Costs);
