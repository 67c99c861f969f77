using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A round-key exchange encrypts every upload under a key of its own, and verifies a sum before it decrypts anything of it.
/// </summary>
internal sealed class RoundKeyExchange : IModelExchange
{
    private readonly FederationJob _job;
    private readonly UploadProtector _protector;
    private readonly AggregateOpener _opener;

    public RoundKeyExchange(FederationClientSetup setup)
    {
        _job = setup.Job;
        RoundKeyProtocol protocol = new(_job.RoundKeyParameters!, setup.Keys.Context, _job.Terms);
        Protocol = protocol;
        var inner = new KeyAdditiveContext(_job.RoundKeyParameters!, protocol.Options);
        IEncryptor outer = setup.Encryptor ?? setup.Keys.CreateEncryptor(setup.UploadForm);
        _protector = new UploadProtector(protocol, inner, outer, setup.Keys.TagKey, setup.BoundPolicy);
        _opener = new AggregateOpener(
            protocol, inner, setup.Keys.CreateDecryptor(), setup.Keys.KeyId, setup.Keys.TagKey, _job.JobId, _job.Digest, outer.Form);
    }

    public RoundKeyProtocol? Protocol { get; }

    public ReadOnlyMemory<byte> Encrypt(Invitation invitation, ModelParameters model, long weight, out ClampReport clamped)
    {
        var attempt = new Attempt(
            _job.Digest, invitation.Slot.Round, invitation.Slot.Attempt, invitation.ReferenceWeight, invitation.BaseDigest);
        var bytes = new ExactBuffer(_protector.LengthOf(invitation.Slot));
        clamped = _protector.Protect(attempt, model, weight, invitation.Slot, bytes);
        return bytes.Complete();
    }

    public Digest? DigestOf(ReadOnlyMemory<byte> aggregate) => VerifiableAggregate.TryRead(aggregate)?.List.Chain;

    public IgnoredReason? TryOpen(AggregateMessage message, ClientState state, ModelParameters template, out AveragedModel? average)
    {
        average = null;
        return VerifiableAggregate.TryRead(message.Aggregate) is not VerifiableAggregate sum ? IgnoredReason.BadAggregate
            : state.ChainRound != message.Round - 1 ? IgnoredReason.OtherHistory
            : ListRules.Check(sum.List, _job, message.Round, state.ChainDigest) is IgnoredReason reason ? reason
            : !state.Opened.Allows(sum.List) ? IgnoredReason.SecondList
            : _opener.TryOpen(sum, template, out average, opening: () => state.Opened = OpenedList.Of(sum.List));
    }

    public IgnoredReason? TryOpenAgain(AggregateMessage message, ModelParameters template, out AveragedModel? average)
    {
        // The digest of the client's model fixes the list, and so the chain before it.
        average = null;
        return VerifiableAggregate.TryRead(message.Aggregate) is not VerifiableAggregate sum ? IgnoredReason.BadAggregate
            : ListRules.Check(sum.List, _job, message.Round, sum.List.Base) ?? _opener.TryOpen(sum, template, out average);
    }
}
