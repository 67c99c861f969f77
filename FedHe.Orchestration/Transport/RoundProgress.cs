using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Transport;

/// <summary>A step of a federation within one process.</summary>
/// <param name="Round">The round.</param>
/// <param name="Phase">The kind of step.</param>
/// <param name="Client">The client concerned, or null for a step of the whole round.</param>
/// <param name="Share">The share of the phase that is done, 0 to 1.</param>
/// <param name="Elapsed">How long the phase took; zero where nothing was measured.</param>
/// <param name="MessageLength">Length in bytes of the message concerned, or 0.</param>
public sealed record RoundProgress(
    int Round, RoundPhase Phase, ClientId? Client, double Share, TimeSpan Elapsed, int MessageLength);
