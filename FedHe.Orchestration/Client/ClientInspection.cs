using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Inspections;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A client inspection is a client's part in finding out whose tags made an attempt void: it shows one part of its own upload, and
/// checks parts that others showed.
/// </summary>
internal sealed class ClientInspection(FederationJob job, ClientIdentity identity, RoundKeyProtocol protocol, PartChecker checker, ClientState state, IClientModels models)
{
    /// <summary>Shows a part of the latest upload, or returns the reason to show nothing.</summary>
    public IgnoredReason? TryShow(Inquiry inquiry, out byte[] showing)
    {
        showing = [];
        if (InspectionRules.Check(inquiry, state, identity.Client) is IgnoredReason reason)
        {
            return reason;
        }

        SentUpload upload = state.Upload!;
        if (!models.Holds(upload) || !models.IsIntact(upload))
        {
            // What is not what the client signed would name the client as one that shows something else.
            return IgnoredReason.UploadNotKept;
        }

        using Stream? stream = upload.Message.IsInFile ? upload.Message.OpenRead() : null;
        MessageContent source = stream is null ? MessageContent.Of(upload.Message.Bytes) : MessageContent.Of(stream);
        bool isRead = MessageFormat.TryReadUpload(source, job.Authority.ParametersId, source.Length, out Upload? message, out _, out FormatError _);
        if (!isRead || ShownPart.TryCut(message!.Content, inquiry.Part, protocol.In(inquiry.Slot.Round)) is not ShownPart part)
        {
            return upload.Message.IsInFile ? IgnoredReason.PartTooLong : IgnoredReason.NotVoid;
        }

        var answer = new Showing(inquiry.Slot, inquiry.List, inquiry.Part, part.ToArray());
        if (upload.Showing is SentShowing sent)
        {
            showing = MessageFormat.WriteWithSignature(answer, job.Authority.ParametersId, sent.Signature.Span);
            return null;
        }

        showing = MessageFormat.WriteSigned(answer, job.Authority.ParametersId, identity);
        upload.Showing = new SentShowing(inquiry.List, inquiry.Part, showing.AsMemory(showing.Length - MessageSignature.SizeInBytes));
        state.Touch();
        return null;
    }

    /// <summary>Checks a part that another client showed, or returns the reason to check nothing.</summary>
    public IgnoredReason? TryCheck(CheckRequest request, out Verdict? verdict)
    {
        verdict = null;
        if (InspectionRules.Check(request, state, identity.Client) is IgnoredReason reason)
        {
            return reason;
        }

        UploadSlot slot = request.Slot;
        var attempt = Attempt.Of(job, slot.Round, slot.Attempt, request.ReferenceWeight, state.Void!.Base);
        bool isRight = ShownPart.TryRead(request.Shown) is ShownPart shown
            && checker.In(slot.Round).IsRight(shown, request.Part, attempt, new Contributor(slot.Client, request.Weight, request.Nonce));
        verdict = new Verdict(identity.Client, slot, request.List, request.Part, request.ShownDigest, isRight);
        return null;
    }
}
