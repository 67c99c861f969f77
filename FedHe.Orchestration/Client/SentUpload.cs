using FedHe.Crypto.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Client;

/// <summary>A sent upload is a client's latest upload, kept so that it can be sent again unchanged.</summary>
/// <param name="invitation">The invitation that the upload answers.</param>
/// <param name="message">The message, in memory or in a file.</param>
/// <param name="digest">The digest that the server's acknowledgement names.</param>
/// <param name="isAcknowledged">Whether the server has answered.</param>
/// <param name="showing">What the client showed of the upload, or null.</param>
internal sealed class SentUpload(Invitation invitation, SignedMessage message, Digest digest, bool isAcknowledged = false, SentShowing? showing = null)
{
    /// <summary>What the client showed of the upload, or null. It never shows the other part.</summary>
    public SentShowing? Showing { get; set; } = showing;

    public Invitation Invitation => invitation;

    public SignedMessage Message => message;

    /// <summary>The digest that the server's acknowledgement names.</summary>
    public Digest Digest => digest;

    /// <summary>
    /// Whether the server has answered. Any answer counts, because it refuses the same bytes again after a refusal.
    /// </summary>
    public bool IsAcknowledged { get; private set; } = isAcknowledged;

    /// <summary>Whether the file of an acknowledged upload was not there any more, or damaged, when the client resumed.</summary>
    public bool IsLost { get; set; }

    /// <summary>Takes notice of an acknowledgement, and returns whether it was the first one of the upload.</summary>
    public bool Acknowledge(Digest messageDigest)
    {
        bool isFirst = !IsAcknowledged && messageDigest == Digest;
        IsAcknowledged |= isFirst;
        return isFirst;
    }
}
