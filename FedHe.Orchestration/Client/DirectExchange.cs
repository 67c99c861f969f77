using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Client;

/// <summary>A direct exchange encrypts models under the job's long-lived key, and believes the server.</summary>
internal sealed class DirectExchange : IModelExchange
{
    private readonly FederationJob _job;
    private readonly FederationClientSetup _setup;
    private readonly IEncryptor _encryptor;
    private readonly IDecryptor _decryptor;

    public DirectExchange(FederationClientSetup setup)
    {
        _setup = setup;
        _job = setup.Job;
        _encryptor = setup.Encryptor ?? setup.Keys.CreateEncryptor(setup.UploadForm);
        _decryptor = setup.Keys.CreateDecryptor();

        // An encryptor that does not fit is refused when the client is made.
        _ = EncryptorOf(_job.UploadTerms);
    }

    public RoundKeyProtocol? Protocol => null;

    public bool HasMemberKeys(Invitation invitation) => invitation.MemberKeys.IsEmpty;

    public long LengthOf(Invitation invitation)
        => UpdateEncryptor.EncodedLength(_setup.Keys.Context, _job.UploadTermsOf(invitation.Slot.Round), _encryptor.Form, invitation.Slot);

    public ClampReport Encrypt(Invitation invitation, IFlatModel update, long weight, IBufferWriter<byte> destination)
        => EncryptorOf(_job.UploadTermsOf(invitation.Slot.Round)).Write(update, weight, invitation.Slot, destination);

    public Digest? DigestOf(AggregateMessage message) => Digest.Compute(message.Aggregate.Span);

    public IgnoredReason? TryOpen(AggregateMessage message, ClientState state, Action<AggregateDecryptor, EncryptedAggregate, int> decrypt)
        => TryOpenAgain(message, decrypt);

    public IgnoredReason? TryOpenAgain(AggregateMessage message, Action<AggregateDecryptor, EncryptedAggregate, int> decrypt)
    {
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
                decrypt(new AggregateDecryptor(_decryptor, terms), aggregate, 0);
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
