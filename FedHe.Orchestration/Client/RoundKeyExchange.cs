using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Inspections;
using FedHe.Orchestration.Updates;

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
    private readonly UpdateCodec _codec;

    public RoundKeyExchange(FederationClientSetup setup, IPrivacyMechanism? privacy)
    {
        _setup = setup;
        _job = setup.Job;
        _codec = new UpdateCodec(_job, privacy);
        _protocol = RoundKeyProtocol.Of(_job, setup.Keys.Context)!;
        _inner = new KeyAdditiveContext(_job.RoundKeyParameters!, _protocol.Options);
        _keys = _job.Committee is null ? new OuterKeyProtection(setup, _protocol, _inner) : new SharedKeyProtection(setup, _protocol, _inner);
        Checker = _keys.Verifier is KeySumVerifier verifier ? new PartChecker(_protocol, verifier, setup.Keys.TagKey) : null;
    }

    public RoundKeyProtocol? Protocol => _protocol;

    /// <summary>Checks single parts of other clients' uploads; null where a committee opens sums, because nobody is named there.</summary>
    public PartChecker? Checker { get; }

    public bool HasMemberKeys(Invitation invitation) => _keys.HasMemberKeys(invitation);

    public ReadOnlyMemory<byte> Encrypt(Invitation invitation, IFlatModel update, long weight, out ClampReport clamped)
    {
        var attempt = Attempt.Of(
            _job, invitation.Slot.Round, invitation.Slot.Attempt, invitation.ReferenceWeight, invitation.BaseDigest);
        IKeyProtector keys = _keys.ProtectorOf(invitation);
        var protector = new UploadProtector(_protocol.In(invitation.Slot.Round), _inner, _setup.Keys.TagKey, _setup.BoundPolicy);
        var bytes = new ExactBuffer(protector.LengthOf(invitation.Slot, keys));
        clamped = protector.Protect(attempt, update, weight, invitation.Slot, keys, bytes);
        return bytes.Complete();
    }

    public Digest? DigestOf(ReadOnlyMemory<byte> aggregate) => VerifiableAggregate.TryRead(aggregate)?.List.Chain;

    public IgnoredReason? TryOpen(AggregateMessage message, ClientState state, OpeningModels models, out OpenedModel? opened)
    {
        opened = null;
        if (VerifiableAggregate.TryRead(message.Aggregate) is not VerifiableAggregate sum)
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
            sum, models, out opened, opening: () => state.Opened = OpenedList.Of(list), failing: part => SetVoid(state, list, part, withValues: true));
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

    public IgnoredReason? TryOpenAgain(AggregateMessage message, OpeningModels models, out OpenedModel? opened)
    {
        // The digest of the client's model fixes the list, and so the chain before it.
        opened = null;
        return VerifiableAggregate.TryRead(message.Aggregate) is not VerifiableAggregate sum ? IgnoredReason.BadAggregate
            : ListRules.Check(sum.List, _job, message.Round, sum.List.Base) ?? TryOpen(sum, models, out opened);
    }

    private AggregateOpener OpenerOf(int round)
        => new(_protocol.In(round), _inner, _keys.Opener, _setup.Keys.TagKey, _job.JobId, _job.Digest, _job.EpochNumber);

    private IgnoredReason? TryOpen(
        VerifiableAggregate sum, OpeningModels models, out OpenedModel? opened, Action? opening = null, Action<InspectedPart>? failing = null)
    {
        OpenedModel? decoded = null;
        var place = DifferencePlace.Of(_job, sum.List.Round, sum.List.AttemptNumber, models.ClipPosition);
        IgnoredReason? reason = OpenerOf(sum.List.Round).TryOpen(
            sum,
            (decryptor, aggregate) => decoded = _codec.Decode(decryptor, aggregate, sum.List.Round, place, models.Base, models.Template, models.Step, models.Squeeze, models.Mean),
            opening,
            failing);
        opened = decoded;
        return reason;
    }
}
