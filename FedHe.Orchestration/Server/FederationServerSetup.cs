using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using FedHe.Crypto;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Strategies;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Server;

/// <summary>
/// The parts that a server is made of. No secret key of the scheme, decryptor or key authority can be reached from any of
/// them.
/// </summary>
public sealed record FederationServerSetup
{
    /// <summary>
    /// The public context of the job's parameters, which adds and reads ciphertexts; for a job with a committee, whose parameters are those
    /// of its round keys, <c>KeyAdditiveContext.CreatePublic</c> makes it.
    /// </summary>
    public required HePublicContext Context { get; init; }

    /// <summary>The job that the server runs, as it was described; later epochs are in the server's state.</summary>
    public required FederationJob Job { get; init; }

    /// <summary>
    /// The identity that the job names, which signs the server's messages; the caller disposes it.
    /// </summary>
    public required ServerIdentity Identity { get; init; }

    /// <summary>The strategy of the job, or null to find it by the name in the job.</summary>
    public IAggregationStrategy? Strategy { get; init; }

    /// <summary>The sampler that draws the clients of a round.</summary>
    public IClientSampler Sampler { get; init; } = new SecureClientSampler();

    /// <summary>The risks and message lengths that the server tolerates.</summary>
    public FederationSafety Safety { get; init; } = new();

    /// <summary>
    /// The path of a folder in which the sum of each round is a file, or null for sums in memory, which is the default. The folder exists, is on a local disk, and is this server's alone. With it the memory that
    /// the server needs does not grow with the model, and saved states refer to the files instead of holding sums: keep both together. The server deletes a file when no state needs it any more, and what a
    /// killed process left only where <see cref="FederationServer.Restore"/> is given the newest stamp.
    /// </summary>
    public string? SumFolder { get; init; }

    /// <summary>The clock that deadlines and durations are measured with, by its timestamps; reports have its time of day.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The clock that durations of work are measured with, or null for <see cref="Time"/>.</summary>
    internal TimeProvider? Stopwatch { get; init; }

    /// <summary>The logger, which receives names, rounds, reasons, sizes and kernels, but never a value or a key.</summary>
    public ILogger<FederationServer>? Logger { get; init; }

    /// <summary>The factory of the container's meters, or null for the meter that the process shares.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>Prepares the round-key protocol, or returns null where models are encrypted directly.</summary>
    internal RoundKeyProtocol? CreateProtocol() => RoundKeyProtocol.Of(Job, Context);

    /// <summary>Creates the sums of the round keys of an attempt.</summary>
    /// <param name="job">The job in the epoch of the attempt.</param>
    /// <param name="protocol">The protocol of the job.</param>
    /// <param name="keys">The keys of the committee's members; none without a committee.</param>
    internal static IKeySums CreateKeySums(FederationJob job, RoundKeyProtocol protocol, ImmutableArray<RelayedMemberKey> keys)
        => job.Committee is null
            ? new OuterKeySums(protocol.Outer!, protocol.Parameters.Degree, job.Authority.KeyId)
            : new SharedKeySums(job, protocol, keys);

    /// <summary>Finds the strategy of a setup, and throws unless all parts fit the job.</summary>
    internal static IAggregationStrategy Validate(FederationServerSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        FederationJob job = setup.Job;
        if (job.EpochNumber != JobEpoch.First)
        {
            throw Throw.ServerBeginsInALaterEpoch();
        }

        if (setup.Context.Parameters.Id != job.Authority.ParametersId
            || setup.Context.Parameters.SchemeName != job.Authority.SchemeName)
        {
            throw Throw.ParametersOfAnotherJob();
        }

        if (job.Committee is CommitteeTerms committee && !KeyExchanges.IsSupported(committee.KeyExchange))
        {
            throw Throw.KeyExchangeMissing(committee.KeyExchange);
        }

        if (!setup.Identity.VerificationKey.Equals(job.ServerKey))
        {
            throw Throw.IdentityOfAnotherServer();
        }

        if (setup.Safety.Check(setup.Context.Parameters, job) is InsecureFederationException insecure)
        {
            throw insecure;
        }

        IAggregationStrategy strategy = JobStrategy.Of(job, setup.Strategy);
        if (job.Roster.Contains(job.ServerKey))
        {
            throw Throw.RosterListsTheServer(nameof(setup));
        }

        return strategy;
    }
}
