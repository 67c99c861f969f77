using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Updates;

namespace FedHe.Orchestration.Client;

/// <summary>A direct exchange encrypts models under the job's long-lived key, and believes the server.</summary>
internal sealed class DirectExchange : IModelExchange
{
    private readonly FederationJob _job;
    private readonly FederationClientSetup _setup;
    private readonly IEncryptor _encryptor;
    private readonly IDecryptor _decryptor;
    private readonly UpdateCodec _codec;

    public DirectExchange(FederationClientSetup setup, IPrivacyMechanism? privacy)
    {
        _setup = setup;
        _job = setup.Job;
        _codec = new UpdateCodec(_job, privacy);
        _encryptor = setup.Encryptor ?? setup.Keys.CreateEncryptor(setup.UploadForm);
        _decryptor = setup.Keys.CreateDecryptor();

        // An encryptor that does not fit is refused when the client is made.
        _ = EncryptorOf(_job.UploadTerms);
    }

    public RoundKeyProtocol? Protocol => null;

    public bool HasMemberKeys(Invitation invitation) => invitation.MemberKeys.IsEmpty;

    public ReadOnlyMemory<byte> Encrypt(Invitation invitation, IFlatModel update, long weight, out ClampReport clamped)
    {
        AggregationTerms terms = _job.UploadTermsOf(invitation.Slot.Round);
        var bytes = new ExactBuffer(UpdateEncryptor.EncodedLength(_setup.Keys.Context, terms, _encryptor.Form, invitation.Slot));
        clamped = EncryptorOf(terms).Write(update, weight, invitation.Slot, bytes);
        return bytes.Complete();
    }

    public Digest? DigestOf(ReadOnlyMemory<byte> aggregate) => Digest.Compute(aggregate.Span);

    public IgnoredReason? TryOpen(AggregateMessage message, ClientState state, OpeningModels models, out OpenedModel? opened)
        => TryOpenAgain(message, models, out opened);

    public IgnoredReason? TryOpenAgain(AggregateMessage message, OpeningModels models, out OpenedModel? opened)
    {
        opened = null;
        AggregationTerms terms = _job.UploadTermsOf(message.Round);
        if (!new AggregateReader(_setup.Keys.Context, terms).TryRead(message.Aggregate, out EncryptedAggregate? aggregate, out _))
        {
            return IgnoredReason.BadAggregate;
        }

        using (aggregate)
        {
            if (aggregate.JobId != _job.JobId || aggregate.Round != message.Round)
            {
                return IgnoredReason.BadAggregate;
            }

            if (aggregate.Contributions < _job.Settings.MinimumContributors)
            {
                return IgnoredReason.TooFewContributors;
            }

            try
            {
                // Nothing is rotated in the direct mode.
                opened = _codec.Decode(
                    new AggregateDecryptor(_decryptor, terms), aggregate, message.Round, place: default, models.Base, models.Template, models.Step, models.Squeeze, models.Mean);
                return null;
            }
            catch (PositionsMismatchException)
            {
                return IgnoredReason.OtherPositions;
            }
            catch (HeException)
            {
                // The aggregate is encrypted under another key, or its hidden weights are too small compared with the
                // noise.
                return IgnoredReason.BadAggregate;
            }
        }
    }

    private UpdateEncryptor EncryptorOf(AggregationTerms terms) => new(_encryptor, _setup.Keys.Context, terms, _setup.BoundPolicy);
}
