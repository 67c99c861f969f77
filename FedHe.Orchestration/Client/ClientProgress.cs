using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Client;

/// <summary>The progress of a client's work for one round.</summary>
/// <param name="Client">The client.</param>
/// <param name="Round">The round that the client works for.</param>
/// <param name="Phase">The phase of the work.</param>
/// <param name="Share">The finished share of the phase, 0 to 1.</param>
/// <param name="Elapsed">The duration of the phase; zero while it is running.</param>
/// <param name="MessageLength">The length in bytes of the message that the phase made or read, or 0.</param>
public sealed record ClientProgress(
    ClientId Client, int Round, ClientPhase Phase, double Share, TimeSpan Elapsed, long MessageLength);
