using System.Collections.Immutable;
using FedHe.Crypto;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// Committee parties share round keys among members, who open their boxes and answer for the list as they do in a federation. Every
/// round has another number, because members answer once a round.
/// </summary>
internal sealed class CommitteeParties : IRoundKeyParties
{
    private const int Rounds = 1_000_000;

    private readonly FederationJob _job;
    private readonly ClientIdentity[] _identities;
    private readonly ServerIdentity _server = ServerIdentity.Create();
    private readonly GroupKeyAuthority _authority;
    private readonly ClientKeys _keys;
    private readonly RoundKeySharing _sharing;
    private readonly CommitteeMember[] _members;
    private ImmutableArray<RelayedMemberKey> _memberKeys;
    private ImmutableArray<BoxPublicKey> _publicKeys;
    private Attempt _attempt;

    public CommitteeParties(KeysOption keys, AggregationTerms terms, int clients, int threads)
    {
        _identities = [.. Enumerable.Range(0, Math.Max(clients, keys.Parties)).Select(i => ClientIdentity.Create(new ClientId($"client-{i:0000}")))];
        ClientRoster roster = ClientRoster.Of(_identities);
        var settings = new FederationSettings { Rounds = Rounds, ClientsPerRound = clients, Quorum = clients, MinimumContributors = 2 };
        KeyAdditiveParameters parameters = FederationJob.PlanRoundKeys(settings, terms);
        var jobId = Guid.NewGuid();
        _authority = new GroupKeyAuthority(jobId, parameters, roster, new RosterAuthenticator());
        _job = new FederationJob(
            jobId,
            _authority.Info,
            _server.VerificationKey,
            roster,
            terms,
            initialModelDigest: default,
            settings,
            committee: new CommitteeTerms(_identities.Take(keys.Parties).Select(identity => identity.Client), keys.Needed));
        using var request = new KeyRequest(_job, _identities[0]);
        _keys = request.Open(_authority.HandleAsync(request.Bytes).GetAwaiter().GetResult().Answer);
        var options = new HeContextOptions { MaxDegreeOfParallelism = threads };
        Protocol = RoundKeyProtocol.Of(_job, KeyAdditiveContext.CreatePublic(parameters, options))!;
        Inner = new KeyAdditiveContext(parameters, options);
        _sharing = new RoundKeySharing(Protocol.Sharing!);
        _members = [.. _identities.Take(keys.Parties).Select(identity => new CommitteeMember(_job, identity, _keys, Protocol, new MemberLedger()))];
        Opener = new AggregateOpener(Protocol, Inner, new AnswerOpener(_job, _sharing, Inner, _keys), _keys.TagKey, jobId, _job.Digest, epoch: 1);
        _attempt = new Attempt(_job.Digest, Round: 0, Number: 1, ReferenceWeight: 1, _job.StartDigest);
    }

    public RoundKeyProtocol Protocol { get; }

    public KeyAdditiveContext Inner { get; }

    public TagKey TagKey => _keys.TagKey;

    public AggregateOpener Opener { get; }

    private MemberView View => new(ModelRound: 0, ChainRound: 0, _job.StartDigest, default);

    public Attempt Begin()
    {
        _attempt = _attempt with { Round = _attempt.Round + 1 };
        _memberKeys = [.. _members.Select((member, index) =>
        {
            Demand(member.TryMakeKey(new MemberKeyRequest(_job.JobId, _attempt.Round), View, out MemberKeyMessage? key));
            byte[] bytes = MessageFormat.WriteSigned(key!, _job.Authority.ParametersId, _identities[index]);
            return new RelayedMemberKey(key!.Client, key.Key, bytes.AsMemory(bytes.Length - MessageSignature.SizeInBytes));
        })];
        return _attempt;
    }

    public UploadSlot SlotOf(int client) => new(_job.JobId, _attempt.Round, attempt: 1, _identities[client].Client);

    /// <inheritdoc/>
    /// <remarks>A client verifies the keys of the members in every round.</remarks>
    public IKeyProtector ProtectorOf(int client)
    {
        _publicKeys = MemberKeyRules.TryRead(_memberKeys, _job, _attempt.Round) ?? throw new InvalidOperationException("A client refused honest keys.");
        return new SharedKeyProtector(_sharing, _job.Committee!, _memberKeys, _publicKeys, _identities[client]);
    }

    public IKeySums CreateSums() => new SharedKeySums(_job, Protocol, _memberKeys);

    public byte[] Complete(AttemptSum sum, out double memberMs)
    {
        using CompletedSum completed = sum.Complete();
        var shared = (SharedKeySums)sum.Keys;
        var answers = new List<RelayedAnswer>();
        var times = new List<double>();
        foreach (CommitteeMember member in _members)
        {
            ClientId name = _memberKeys[answers.Count].Member;
            var delivery = new BoxDelivery(_job.JobId, name, _attempt.Round, shared.BoxesOf(name, _attempt).ToArray());
            var offer = new ListOffer(_job.JobId, _attempt.Round, completed.ListBytes);
            ReadOnlyMemory<byte> answer = default;
            times.Add(Timing.Milliseconds(() =>
            {
                Demand(member.TryOpen(delivery, View, out BoxReport? report));
                Demand(report!.Failed.IsEmpty ? null : IgnoredReason.BoxNotOpened);
                Demand(member.TryAnswer(offer, View, out answer));
            }));
            MessageFormat.TryRead(answer, _job.Authority.ParametersId, answer.Length, out FederationMessage? message, out _);
            answers.Add(new RelayedAnswer(name, ((ShareAnswer)message!).Sealed, answer[^MessageSignature.SizeInBytes..]));
        }

        memberMs = times.Average();
        return new VerifiableAggregate(completed.List, new CommitteeAnswers([.. answers]).ToArray(), completed.AggregateBytes().ToMemory()).ToArray();
    }

    public double ProtectMs() => 0;

    public void Dispose()
    {
        Array.ForEach(_members, member => member.Dispose());
        Array.ForEach(_identities, identity => identity.Dispose());
        _keys.Dispose();
        _authority.Dispose();
        _server.Dispose();
    }

    private static void Demand(IgnoredReason? reason)
    {
        if (reason is not null)
        {
            throw new InvalidOperationException($"A member refused an honest message: {reason}.");
        }
    }
}
