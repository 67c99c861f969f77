using FedHe.Crypto;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Strategies;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Server;

/// <summary>What a server is made of. From none of it can a secret key, a decryptor or a key authority be reached.</summary>
public sealed record FederationServerSetup
{
    /// <summary>Adds and reads ciphertexts.</summary>
    public required HePublicContext Context { get; init; }

    /// <summary>The job.</summary>
    public required FederationJob Job { get; init; }

    /// <summary>The clients and their verification keys.</summary>
    public required ClientRoster Roster { get; init; }

    /// <summary>The job's strategy, or null to find it by its name.</summary>
    public IAggregationStrategy? Strategy { get; init; }

    /// <summary>Draws the clients of a round.</summary>
    public IClientSampler Sampler { get; init; } = new SecureClientSampler();

    /// <summary>The server's own choices.</summary>
    public FederationServerOptions Options { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Receives a report whenever an attempt at a round ends, before the messages that follow are returned.</summary>
    public IProgress<RoundReport>? Reports { get; init; }

    /// <summary>Receives what happens; never a value or a key.</summary>
    public ILogger<FederationServer>? Logger { get; init; }
}
