using FedHe.Crypto.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Client;

/// <summary>A sent showing is what a client showed of its latest upload, which it shows again unchanged.</summary>
/// <param name="List">The digest of the list that the client objected to.</param>
/// <param name="Part">The part.</param>
/// <param name="Signature">The signature of the message, so that its bytes are the same each time.</param>
internal sealed record SentShowing(Digest List, InspectedPart Part, ReadOnlyMemory<byte> Signature);
