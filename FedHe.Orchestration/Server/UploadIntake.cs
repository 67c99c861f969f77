using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Planning;
using FedHe.Orchestration.RoundKeys;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Server;

/// <summary>
/// An upload intake reads the update in an authenticated upload and folds it into the open attempt, or returns the
/// reason for a refusal. The upload's slot must be open and not yet filled.
/// </summary>
internal sealed class UploadIntake(FederationServerSetup setup, FederationPlan plan, HePublicContext context, ServerState state, ILogger logger, Instruments instruments)
{
    /// <summary>Tells whether an upload is the one whose digest the client signed; this reads all of it, once, unless it was hashed when it arrived.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="beginning">Under round keys the digest of the upload up to the end of the update, for an inspection.</param>
    public bool IsIntact(Upload upload, out Digest beginning)
    {
        beginning = default;
        if (setup.Job.Protection == JobProtection.Direct)
        {
            return upload.IsIntact(context.MaxDegreeOfParallelism);
        }

        (Digest whole, beginning) = upload.Digests is UploadDigests known ? (known.Update, known.Beginning) : ProtectedUpdate.DigestsOf(upload.Content, upload.Start, context.MaxDegreeOfParallelism);
        return whole == upload.UpdateDigest;
    }

    /// <summary>Folds the update in and records it in the ledger; a refused update changes nothing.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="contentDigest">The digest of what the client signed.</param>
    /// <param name="beginning">The digest from <see cref="IsIntact"/>.</param>
    /// <param name="uploadLength">The length of the message in bytes.</param>
    /// <param name="weight">The weight that the client announced, or its largest weight without round keys.</param>
    public RefusalReason Accept(Upload upload, Digest contentDigest, Digest beginning, long uploadLength, long weight)
    {
        using var phase = MeasuredPhase.Fold(instruments, setup.Stopwatch ?? setup.Time, upload.Client, upload.Slot.Round);
        RefusalReason reason = FoldIn(upload, contentDigest, beginning, uploadLength, weight);
        state.Open!.FoldTime += phase.Elapsed;
        if (reason == RefusalReason.None)
        {
            instruments.UploadAccepted(upload.Client, upload.Slot.Round, uploadLength);
            Log.UploadAccepted(logger, upload.Slot.Round, upload.Slot.Attempt, upload.Client, uploadLength);
        }

        return reason;
    }

    /// <summary>Folds an update in that an earlier life of the server accepted, and counted and logged then.</summary>
    public RefusalReason AcceptAgain(Upload upload, Digest contentDigest, Digest beginning, long uploadLength, long weight)
        => FoldIn(upload, contentDigest, beginning, uploadLength, weight);

    /// <summary>Translates a format error into the reason for a refusal.</summary>
    public static RefusalReason ReasonOf(FormatError error) => error switch
    {
        FormatError.WrongParameters => RefusalReason.WrongParameters,
        FormatError.WrongTerms => RefusalReason.WrongTerms,
        FormatError.FieldOutOfRange => RefusalReason.OutOfRange,
        FormatError.LimitExceeded => RefusalReason.TooLarge,
        _ => RefusalReason.Malformed,
    };

    private RefusalReason FoldIn(Upload upload, Digest contentDigest, Digest beginning, long uploadLength, long weight)
    {
        ProtectedUpdate? roundKeys = null;
        MessageContent content = upload.Content;
        if (state.Open!.RoundKeySum is not null)
        {
            roundKeys = ProtectedUpdate.TryRead(content, plan.LargestUploadEndBytes, out content);
            if (roundKeys is null)
            {
                return RefusalReason.Malformed;
            }
        }

        AggregationTerms terms = setup.Job.UploadTermsOf(upload.Slot.Round);
        if (!content.TryRead(new UpdateReader(context, terms), out EncryptedModelUpdate? update, out FormatError error))
        {
            return ReasonOf(error);
        }

        using (update)
        {
            RefusalReason reason = Check(upload, update, roundKeys, weight);
            reason = reason == RefusalReason.None && !AreIntegersInClear(update, terms) ? RefusalReason.OutOfRange : reason;
            reason = reason == RefusalReason.None ? AddToSum(update, roundKeys, beginning) : reason;
            if (reason == RefusalReason.None)
            {
                state.Ledger.TryAdd(new Contribution(upload.Slot, contentDigest, update.Receipt, update.Weight, uploadLength));
            }

            return reason;
        }
    }

    // One value in clear between two integers would spoil the sum for everybody.
    private bool AreIntegersInClear(EncryptedModelUpdate update, AggregationTerms terms)
        => setup.Job.Update.Integers is not IntegerTerms integers || IntegerUpdates.AreIntegersInClear(update, terms, integers.Bound);

    private RefusalReason Check(Upload upload, EncryptedModelUpdate update, ProtectedUpdate? roundKeys, long weight)
    {
        if (update.Slot != upload.Slot)
        {
            return RefusalReason.WrongSlot;
        }

        if (roundKeys is not null)
        {
            return update.Weight is long own && own != weight ? RefusalReason.WrongWeight : RefusalReason.None;
        }

        if (update.SegmentCount > 0 && update.Receipt.KeyId != setup.Job.Authority.KeyId)
        {
            return RefusalReason.WrongKey;
        }

        return update.Weight > weight ? RefusalReason.OutOfRange : RefusalReason.None;
    }

    /// <summary>
    /// Adds an update whose terms and slot were checked, so that the sum can refuse only its numbers.
    /// </summary>
    private RefusalReason AddToSum(EncryptedModelUpdate update, ProtectedUpdate? roundKeys, Digest beginning)
    {
        try
        {
            if (roundKeys is not null)
            {
                return state.Open!.RoundKeySum!.Add(roundKeys, update, beginning, state.Nonces);
            }

            RefusalReason turn = state.Open!.Sum.Check(update);
            if (turn == RefusalReason.None)
            {
                state.Open.Sum.FoldIn(update);
            }

            return turn;
        }
        catch (HeCapacityException)
        {
            return RefusalReason.OverCapacity;
        }
        catch (HeMismatchException)
        {
            // Parameters, key, length and depth were checked; fresh vectors agree in everything else that a scheme
            // distinguishes.
            return RefusalReason.OutOfRange;
        }
    }
}
