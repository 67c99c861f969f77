using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Client;

/// <summary>What a client is doing.</summary>
/// <param name="Client">The client.</param>
/// <param name="Round">The round it works for.</param>
/// <param name="Phase">What it did.</param>
/// <param name="Share">The share of the phase that is done, 0 to 1.</param>
/// <param name="Elapsed">How long the phase took; zero while it runs.</param>
/// <param name="MessageLength">Length in bytes of the message that the phase made or read, or 0.</param>
public sealed record ClientProgress(
    ClientId Client, int Round, ClientPhase Phase, double Share, TimeSpan Elapsed, int MessageLength);
