using System.Diagnostics.Metrics;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Strategies;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Transport;

/// <summary>The parts that a federation within one process is made of.</summary>
public sealed record InProcessFederationSetup
{
    /// <summary>
    /// The scheme and its parameters, whose key every client then has, or null, the default, where a committee opens sums. The caller
    /// disposes it after the federation.
    /// </summary>
    public HeContext? Context { get; init; }

    /// <summary>
    /// Who opens sums. By default, and without a <see cref="Context"/>, it is a committee: all clients up to seven, and seven of more, whom
    /// the clients draw. Fewer than four clients, and the direct mode, need a <see cref="Context"/>.
    /// </summary>
    public KeyManagement Keys { get; init; } = KeyManagement.Automatic;

    /// <summary>
    /// Names the members of the committee, from the roster of all clients, for example <see cref="CommitteeTerms.OfAll"/>, in the place of
    /// a choice of <see cref="Keys"/>; null for none.
    /// </summary>
    public Func<ClientRoster, CommitteeTerms>? Committee { get; init; }

    /// <summary>The layout, the mask and the weighting.</summary>
    public required AggregationTerms Terms { get; init; }

    /// <summary>The number of rounds, the number of clients in each and the deadlines.</summary>
    public required FederationSettings Settings { get; init; }

    /// <summary>The model that all clients start from.</summary>
    public required ModelParameters InitialModel { get; init; }

    /// <summary>The clients, with the trainer of each.</summary>
    public required IReadOnlyDictionary<ClientId, ILocalTrainer> Trainers { get; init; }

    /// <summary>
    /// The digests of the masks that clients agreed upon, from <see cref="AgreedMask.Digests"/>, or null when nothing
    /// was agreed upon.
    /// </summary>
    public IReadOnlyDictionary<ClientId, Digest>? AgreedMasks { get; init; }

    /// <summary>The strategy of the job, or null to find it by the name in the job.</summary>
    public IAggregationStrategy? Strategy { get; init; }

    /// <summary>The sampler that draws the clients of a round.</summary>
    public IClientSampler Sampler { get; init; } = new SecureClientSampler();

    /// <summary>What the models of the job are encrypted under.</summary>
    public JobProtection Protection { get; init; } = JobProtection.RoundKeys;

    /// <summary>What clients encrypt: models, unless something else is set.</summary>
    public UpdateTerms Update { get; init; } = new();

    /// <summary>
    /// The form of the uploads, seeded (half the bytes) or full: see <see cref="FederationClientSetup.UploadForm"/>.
    /// </summary>
    public VectorForm UploadForm { get; init; } = VectorForm.Seeded;

    /// <summary>The treatment of trained values outside their tensors' bounds.</summary>
    public BoundPolicy BoundPolicy { get; init; } = BoundPolicy.Refuse;

    /// <summary>The provider clips, rounds, adds noise and accounts at every client of a job with privacy terms; other jobs need none.</summary>
    public IPrivacyProvider? Privacy { get; init; }

    /// <summary>The risks and message lengths that server and clients tolerate.</summary>
    public FederationSafety Safety { get; init; } = new();

    /// <summary>The number of clients that may work at the same time, at least 1.</summary>
    public int MaxConcurrentClients { get; init; } = int.MaxValue;

    /// <summary>
    /// The fault injector, which loses, repeats, delays or corrupts messages, or null for a perfect transport.
    /// </summary>
    public FaultInjector? Faults { get; init; }

    /// <summary>The real clock, which measures durations; deadlines run on a simulated clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The factory of the loggers of authority, server and clients, or null.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>The factory of the container's meters, or null for the meter that the process shares.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>The terms of the mask, for an agreement upon one; otherwise null.</summary>
    internal MaskTerms? MaskTerms { get; init; }
}
