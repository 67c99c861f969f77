using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>
/// Reads the update inside an upload and folds it in, or says why not. It runs after the message was authenticated and
/// its round found open.
/// </summary>
internal sealed class UploadJudge
{
    private readonly FederationJob _job;
    private readonly UpdateReader _reader;

    public UploadJudge(FederationJob job, HePublicContext context)
    {
        _job = job;
        _reader = new UpdateReader(context, job.Terms);
    }

    /// <summary>Folds the update in; when it is refused, the round is unchanged.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="uploadLength">Length of its bytes.</param>
    /// <param name="weightLimit">What the client's task allows.</param>
    /// <param name="round">The open round.</param>
    public RefusalReason FoldIn(Upload upload, int uploadLength, long weightLimit, CollectingRound round)
    {
        if (!_reader.TryRead(upload.Update, out EncryptedModelUpdate? update, out FormatError error))
        {
            return ReasonOf(error);
        }

        using (update)
        {
            RefusalReason reason = Check(upload, update, weightLimit);
            if (reason == RefusalReason.None)
            {
                reason = Fold(update, round);
            }

            if (reason == RefusalReason.None)
            {
                round.Record(new Contribution(upload.Client, update.Receipt, update.Weight, uploadLength));
            }

            return reason;
        }
    }

    /// <summary>The reason behind bytes that could not be read.</summary>
    public static RefusalReason ReasonOf(FormatError error) => error switch
    {
        FormatError.WrongParameters => RefusalReason.WrongParameters,
        FormatError.WrongTerms => RefusalReason.WrongTerms,
        FormatError.FieldOutOfRange => RefusalReason.OutOfRange,
        FormatError.LimitExceeded => RefusalReason.TooLarge,
        _ => RefusalReason.Malformed,
    };

    private RefusalReason Check(Upload upload, EncryptedModelUpdate update, long weightLimit)
    {
        UpdateBinding binding = update.Binding;
        if (binding.JobId != _job.JobId
            || binding.ClientId != upload.Client.Value
            || binding.Round != upload.Round
            || binding.Attempt != upload.Attempt)
        {
            return RefusalReason.WrongBinding;
        }

        if (update.SegmentCount > 0 && update.Receipt.KeyId != _job.Authority.KeyId)
        {
            return RefusalReason.WrongKey;
        }

        return update.Weight > weightLimit ? RefusalReason.OutOfRange : RefusalReason.None;
    }

    private static RefusalReason Fold(EncryptedModelUpdate update, CollectingRound round)
    {
        try
        {
            round.Aggregator.FoldIn(update);
            return RefusalReason.None;
        }
        catch (HeCapacityException)
        {
            return RefusalReason.OverCapacity;
        }
        catch (HeMismatchException)
        {
            // Parameters, key, length and depth were checked; whatever else a scheme distinguishes, fresh vectors share.
            return RefusalReason.OutOfRange;
        }
        catch (UpdateRefusedException)
        {
            // Terms and round were checked, so the sum has an update of this client that the ledger does not know.
            return RefusalReason.ConflictingDuplicate;
        }
    }
}
