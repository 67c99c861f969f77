using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Transport;

/// <summary>Enrollment keys are what an in-process federation gives to its clients: the keys of a scheme, or a group key alone.</summary>
internal interface IEnrollmentKeys : IDisposable
{
    /// <summary>The description of the authority for the job.</summary>
    AuthorityInfo Info { get; }

    /// <summary>Answers a client's request.</summary>
    Task<AuthorityStep> HandleAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken);

    /// <summary>Plans the next epoch of a job with a committee.</summary>
    EpochPlan PlanEpoch(FederationJob job, ClientRoster roster, IEnumerable<ClientId> retired);

    /// <summary>Opens an answer at the client.</summary>
    ClientKeys Open(KeyRequest request, ReadOnlyMemory<byte> answer);

    /// <summary>Creates the keys of a setup.</summary>
    static IEnrollmentKeys Create(InProcessFederationSetup setup, Guid jobId, ClientRoster roster)
        => setup.Context is null ? new OfCommittee(setup, jobId, roster) : new OfScheme(setup, jobId, roster);

    /// <summary>The keys of a scheme.</summary>
    private sealed class OfScheme(InProcessFederationSetup setup, Guid jobId, ClientRoster roster) : IEnrollmentKeys
    {
        private readonly KeyAuthority _authority = new(
            jobId, setup.Context!, roster, new RosterAuthenticator(), setup.LoggerFactory?.CreateLogger<KeyAuthority>(), setup.MeterFactory);

        public AuthorityInfo Info => _authority.Info;

        public Task<AuthorityStep> HandleAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
            => _authority.HandleAsync(request, cancellationToken);

        public EpochPlan PlanEpoch(FederationJob job, ClientRoster roster, IEnumerable<ClientId> retired)
            => throw new EpochRefusedException(EpochError.NoCommittee);

        public ClientKeys Open(KeyRequest request, ReadOnlyMemory<byte> answer) => request.Open(setup.Context!, answer);

        public void Dispose() => _authority.Dispose();
    }

    /// <summary>The group key of a job with a committee.</summary>
    private sealed class OfCommittee(InProcessFederationSetup setup, Guid jobId, ClientRoster roster) : IEnrollmentKeys
    {
        private readonly GroupKeyAuthority _authority = new(
            jobId,
            FederationJob.PlanRoundKeys(setup.Settings, setup.Terms, setup.Update),
            roster,
            new RosterAuthenticator(),
            setup.LoggerFactory?.CreateLogger<GroupKeyAuthority>(),
            setup.MeterFactory);

        public AuthorityInfo Info => _authority.Info;

        public Task<AuthorityStep> HandleAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
            => _authority.HandleAsync(request, cancellationToken);

        public EpochPlan PlanEpoch(FederationJob job, ClientRoster roster, IEnumerable<ClientId> retired) => _authority.PlanEpoch(job, roster, retired);

        public ClientKeys Open(KeyRequest request, ReadOnlyMemory<byte> answer) => request.Open(answer);

        public void Dispose() => _authority.Dispose();
    }
}
