using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Strategies;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Transport;

/// <summary>The parts of a federation within one process.</summary>
public sealed record InProcessFederationSetup
{
    /// <summary>Scheme and parameters; the caller disposes it after the federation.</summary>
    public required HeContext Context { get; init; }

    /// <summary>Layout, mask and weighting.</summary>
    public required AggregationTerms Terms { get; init; }

    /// <summary>The rounds: how many, with how many clients, and until when.</summary>
    public required FederationSettings Settings { get; init; }

    /// <summary>The model that all clients start from.</summary>
    public required ModelParameters InitialModel { get; init; }

    /// <summary>The clients, and how each of them trains.</summary>
    public required IReadOnlyDictionary<ClientId, ILocalTrainer> Trainers { get; init; }

    /// <summary>
    /// The digests of the masks that clients agreed upon: <see cref="AgreedMask.Digests"/>. Null when nothing was agreed upon.
    /// </summary>
    public IReadOnlyDictionary<ClientId, Digest>? AgreedMasks { get; init; }

    /// <summary>The job's strategy, or null to find it by its name.</summary>
    public IAggregationStrategy? Strategy { get; init; }

    /// <summary>Draws the clients of a round.</summary>
    public IClientSampler Sampler { get; init; } = new SecureClientSampler();

    /// <summary>Seeded (half the bytes) or full uploads: see <see cref="FederationClientSetup.UploadForm"/>.</summary>
    public VectorForm UploadForm { get; init; } = VectorForm.Seeded;

    /// <summary>The treatment of trained values outside their tensor's bound.</summary>
    public BoundPolicy BoundPolicy { get; init; } = BoundPolicy.Refuse;

    /// <summary>What server and clients tolerate.</summary>
    public FederationSafety Safety { get; init; } = new();

    /// <summary>How many clients may work at the same time, at least 1.</summary>
    public int MaxConcurrentClients { get; init; } = int.MaxValue;

    /// <summary>Loses, repeats, delays or corrupts messages, or null for a perfect transport.</summary>
    public FaultInjector? Faults { get; init; }

    /// <summary>The real clock: durations are measured with it, deadlines run on a simulated one.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes the loggers of authority, server and clients.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>The terms of the mask, in an agreement upon one; else null.</summary>
    internal MaskTerms? MaskTerms { get; init; }
}
