using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Transport;

/// <summary>The progress of a federation within one process.</summary>
/// <param name="Round">The round.</param>
/// <param name="Phase">The kind of the step.</param>
/// <param name="Client">The client concerned, or null for a step of the whole round.</param>
/// <param name="Share">The finished share of the phase, 0 to 1.</param>
/// <param name="Elapsed">The duration of the phase; zero when nothing was measured.</param>
/// <param name="MessageLength">The length in bytes of the message concerned, or 0.</param>
public sealed record RoundProgress(
    int Round, RoundPhase Phase, ClientId? Client, double Share, TimeSpan Elapsed, long MessageLength);
