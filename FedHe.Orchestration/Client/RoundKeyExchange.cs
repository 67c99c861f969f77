using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Inspections;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A round-key exchange encrypts every upload under a key of its own, and verifies a sum before it decrypts anything of it.
/// </summary>
internal sealed class RoundKeyExchange : IModelExchange
{
    private readonly FederationJob _job;
    private readonly RoundKeyProtocol _protocol;
    private readonly KeyAdditiveContext _inner;
    private readonly FederationClientSetup _setup;
    private readonly IKeyProtection _keys;

    public RoundKeyExchange(FederationClientSetup setup)
    {
        _setup = setup;
        _job = setup.Job;
        _protocol = RoundKeyProtocol.Of(_job, setup.Keys.Context)!;
        _inner = new KeyAdditiveContext(_job.RoundKeyParameters!, _protocol.Options);
        _keys = _job.Committee is null ? new OuterKeyProtection(setup, _protocol, _inner) : new SharedKeyProtection(setup, _protocol, _inner);
        Checker = _keys.Verifier is KeySumVerifier verifier ? new PartChecker(_protocol, verifier, setup.Keys.TagKey) : null;
    }

    public RoundKeyProtocol? Protocol => _protocol;

    /// <summary>Checks single parts of other clients' uploads; null where a committee opens sums, because nobody is named there.</summary>
    public PartChecker? Checker { get; }

    public bool HasMemberKeys(Invitation invitation) => _keys.HasMemberKeys(invitation);

    public long LengthOf(Invitation invitation) => ProtectorOf(invitation).LengthOf(invitation.Slot, _keys.ProtectorOf(invitation));

    public ClampReport Encrypt(Invitation invitation, IFlatModel update, long weight, IBufferWriter<byte> destination)
    {
        var attempt = Attempt.Of(
            _job, invitation.Slot.Round, invitation.Slot.Attempt, invitation.ReferenceWeight, invitation.BaseDigest);
        return ProtectorOf(invitation).Protect(attempt, update, weight, invitation.Slot, _keys.ProtectorOf(invitation), destination);
    }

    public Digest? DigestOf(AggregateMessage message) => Read(message)?.List.Chain;

    public IgnoredReason? TryOpen(AggregateMessage message, ClientState state, Action<AggregateDecryptor, EncryptedAggregate, int> decrypt)
    {
        if (Read(message) is not VerifiableAggregate sum)
        {
            return IgnoredReason.BadAggregate;
        }

        ContributorList list = sum.List;
        if (Check(list, message.Round, state) is IgnoredReason reason)
        {
            return reason;
        }

        if (!state.Opened.Allows(list))
        {
            return IgnoredReason.SecondList;
        }

        if ((list.Round, list.AttemptNumber).CompareTo(state.Seen) > 0)
        {
            state.Seen = (list.Round, list.AttemptNumber);
            state.Touch();
        }

        return TryOpen(
            sum, decrypt, opening: () => state.Opened = OpenedList.Of(list), failing: part => SetVoid(state, list, part, withValues: true));
    }

    /// <summary>Verifies the sum of the round keys of an attempt whose values are held back, or returns the reason of a refusal.</summary>
    public IgnoredReason? VerifyKeys(KeySumMessage message, ClientState state, out Digest list)
    {
        list = default;
        if (_keys.Verifier is not KeySumVerifier verifier)
        {
            return IgnoredReason.UnexpectedMessage;
        }

        if (VerifiableAggregate.TryRead(message.Sum) is not VerifiableAggregate sum)
        {
            return IgnoredReason.BadAggregate;
        }

        list = sum.List.Chain;
        if (message.Round <= state.ModelRound || (sum.List.Round, sum.List.AttemptNumber).CompareTo(state.Seen) <= 0)
        {
            return IgnoredReason.Outdated;
        }

        IgnoredReason? reason = Check(sum.List, message.Round, state) ?? OpenerOf(sum.List.Round).VerifyKeys(sum, verifier);
        if (reason == IgnoredReason.BadTag)
        {
            SetVoid(state, sum.List, InspectedPart.Keys, withValues: false);
        }

        return reason;
    }

    private IgnoredReason? Check(ContributorList list, int round, ClientState state)
        => !Follows(round, state) ? IgnoredReason.OtherHistory
            : ListRules.Check(list, _job, round, state.ChainDigest) is IgnoredReason reason ? reason
            : InspectionRules.HasShown(state, list.Round, list.AttemptNumber) ? IgnoredReason.SecondList
            : null;

    /// <summary>
    /// Tells whether a round comes next after the client's chain; with a committee rounds may have ended without a sum.
    /// </summary>
    private bool Follows(int round, ClientState state)
        => _job.Committee is null ? state.ChainRound == round - 1 : state.ChainRound < round;

    private static void SetVoid(ClientState state, ContributorList list, InspectedPart part, bool withValues)
    {
        state.Void = new VoidAttempt(list.Round, list.AttemptNumber, list.Base, list.Chain, part, withValues);
        state.Touch();
    }

    // The digest of the client's model fixes the list, and so the chain before it.
    public IgnoredReason? TryOpenAgain(AggregateMessage message, Action<AggregateDecryptor, EncryptedAggregate, int> decrypt)
        => Read(message) is not VerifiableAggregate sum ? IgnoredReason.BadAggregate
            : ListRules.Check(sum.List, _job, message.Round, sum.List.Base) ?? TryOpen(sum, decrypt);

    private static VerifiableAggregate? Read(AggregateMessage message) => VerifiableAggregate.TryRead(message.Content, message.LongestPart);

    private UploadProtector ProtectorOf(Invitation invitation)
        => new(_protocol.In(invitation.Slot.Round), _inner, _setup.Keys.TagKey, _setup.BoundPolicy);

    private AggregateOpener OpenerOf(int round)
        => new(_protocol.In(round), _inner, _keys.Opener, _setup.Keys.TagKey, _job.JobId, _job.Digest, _job.EpochNumber);

    private IgnoredReason? TryOpen(
        VerifiableAggregate sum, Action<AggregateDecryptor, EncryptedAggregate, int> decrypt, Action? opening = null, Action<InspectedPart>? failing = null)
        => OpenerOf(sum.List.Round).TryOpen(sum, (decryptor, aggregate) => decrypt(decryptor, aggregate, sum.List.AttemptNumber), opening, failing);
}
