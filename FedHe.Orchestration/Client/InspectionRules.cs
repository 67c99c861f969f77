using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys.Inspections;

namespace FedHe.Orchestration.Client;

/// <summary>
/// The inspection rules decide what a client shows of its upload, and what it checks for others: one part of the latest attempt
/// that is void for itself, and nothing else.
/// </summary>
internal static class InspectionRules
{
    /// <summary>Returns the reason to show nothing, or null to show the part.</summary>
    public static IgnoredReason? Check(Inquiry inquiry, ClientState state, ClientId client) => state switch
    {
        _ when inquiry.Slot.Client != client => IgnoredReason.NotForThisClient,
        _ when !IsVoid(inquiry.Slot, inquiry.List, inquiry.Part, state.Void) => IgnoredReason.NotVoid,
        { Upload: SentUpload upload } when upload.Invitation.Slot == inquiry.Slot
            => upload.Showing is SentShowing shown && (shown.Part, shown.List) != (inquiry.Part, inquiry.List) ? IgnoredReason.OtherPart : null,
        _ => IgnoredReason.NotVoid,
    };

    /// <summary>Returns the reason to check nothing, or null to check the part of another client.</summary>
    public static IgnoredReason? Check(CheckRequest request, ClientState state, ClientId client)
        => request.Slot.Client == client ? IgnoredReason.NotForThisClient
            : IsVoid(request.Slot, request.List, request.Part, state.Void) ? null
            : IgnoredReason.NotVoid;

    /// <summary>Tells whether the client showed something of its upload for an attempt, after which it opens no sum of that attempt.</summary>
    public static bool HasShown(ClientState state, int round, int attempt)
        => state.Upload is { Showing: not null } upload
            && (upload.Invitation.Slot.Round, upload.Invitation.Slot.Attempt) == (round, attempt);

    private static bool IsVoid(UploadSlot slot, Digest list, InspectedPart part, VoidAttempt? attempt)
        => attempt is not null && attempt.MayBeShown
            && (attempt.Round, attempt.Attempt, attempt.List, attempt.Part) == (slot.Round, slot.Attempt, list, part);
}
