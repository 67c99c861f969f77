using System.Buffers;
using FedHe.Crypto;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Orchestration.Tests.Host.Parties;

/// <summary>A key desk is an authority of either kind: of a scheme's keys, or of the group key of a job with a committee.</summary>
internal interface IKeyDesk : IDisposable
{
    /// <summary>The public description of the authority.</summary>
    AuthorityInfo Info { get; }

    /// <summary>Answers a key request.</summary>
    Task<AuthorityStep> HandleAsync(ReadOnlyMemory<byte> request);

    /// <summary>Plans the next epoch of a job, for which it makes a key.</summary>
    EpochPlan PlanEpoch(FederationJob job, ClientRoster roster);

    /// <summary>Saves the keys.</summary>
    void Save(IBufferWriter<byte> destination, ISecretProtector protector);

    /// <summary>Makes fresh keys.</summary>
    static IKeyDesk Create(Guid jobId, HeContext? context, ClientRoster roster) => context is null
        ? new OfGroup(new GroupKeyAuthority(jobId, SmallJob.RoundKeys, roster, new RosterAuthenticator()))
        : new OfScheme(new KeyAuthority(jobId, context, roster, new RosterAuthenticator()));

    /// <summary>Loads saved keys.</summary>
    static IKeyDesk Load(byte[] saved, ISecretProtector protector, HeContext? context, ClientRoster roster) => context is null
        ? new OfGroup(GroupKeyAuthority.Load(saved, protector, SmallJob.RoundKeys, roster, new RosterAuthenticator()))
        : new OfScheme(KeyAuthority.Load(saved, protector, context, roster, new RosterAuthenticator()));

    private sealed class OfScheme(KeyAuthority authority) : IKeyDesk
    {
        public AuthorityInfo Info => authority.Info;

        public Task<AuthorityStep> HandleAsync(ReadOnlyMemory<byte> request) => authority.HandleAsync(request);

        public EpochPlan PlanEpoch(FederationJob job, ClientRoster roster) => throw new NotSupportedException("Only a job with a committee has epochs.");

        public void Save(IBufferWriter<byte> destination, ISecretProtector protector) => authority.Save(destination, protector);

        public void Dispose() => authority.Dispose();
    }

    private sealed class OfGroup(GroupKeyAuthority authority) : IKeyDesk
    {
        public AuthorityInfo Info => authority.Info;

        public Task<AuthorityStep> HandleAsync(ReadOnlyMemory<byte> request) => authority.HandleAsync(request);

        public EpochPlan PlanEpoch(FederationJob job, ClientRoster roster) => authority.PlanEpoch(job, roster);

        public void Save(IBufferWriter<byte> destination, ISecretProtector protector) => authority.Save(destination, protector);

        public void Dispose() => authority.Dispose();
    }
}
