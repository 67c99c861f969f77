using FedHe.Crypto.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Client;

/// <summary>The bytes that a client uploaded last, kept to be sent again unchanged.</summary>
internal sealed class SentUpload(int round, int attempt, byte[] bytes)
{
    private readonly Digest _digest = Digest.Compute(bytes);

    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>Whether the server answered, whatever the answer: after a refusal the same bytes are refused again.</summary>
    public bool IsAcknowledged { get; private set; }

    public bool IsFor(Invitation invitation) => invitation.Round == round && invitation.Attempt == attempt;

    public bool IsAfter(Invitation invitation) => (round, attempt).CompareTo((invitation.Round, invitation.Attempt)) > 0;

    public void Acknowledge(Digest messageDigest) => IsAcknowledged |= messageDigest == _digest;
}
