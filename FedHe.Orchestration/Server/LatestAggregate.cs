using FedHe.Crypto.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;

namespace FedHe.Orchestration.Server;

/// <summary>
/// The latest aggregate is kept for clients that missed it, as the signed message that all clients receive.
/// </summary>
/// <param name="Round">The round of the aggregate.</param>
/// <param name="Message">The whole message, signed once.</param>
/// <param name="Bytes">The bytes of the aggregate, where they lie in the message.</param>
/// <param name="Digest">The digest of the chain up to the round; without round keys, of the bytes of the aggregate.</param>
internal sealed record LatestAggregate(int Round, ReadOnlyMemory<byte> Message, ReadOnlyMemory<byte> Bytes, Digest Digest)
{
    /// <summary>Signs the message of an aggregate.</summary>
    public static LatestAggregate Sign(
        FederationServerSetup setup, StateStamp stamp, int round, ReadOnlyMemory<byte> aggregate, Digest? chain = null)
    {
        Digest digest = chain ?? Digest.Compute(aggregate.Span);
        byte[] proof = MessageFormat.WriteSigned(
            new Acknowledgement(setup.Job.JobId, digest, RefusalReason.None) { Stamp = stamp with { Round = round + 1, Attempt = 1 } },
            setup.Job.Authority.ParametersId,
            setup.Identity);
        byte[] message = MessageFormat.WriteSigned(
            new AggregateMessage(setup.Job.JobId, round, aggregate, proof) { Stamp = stamp }, setup.Job.Authority.ParametersId, setup.Identity);

        // The aggregate ends the body, and the signature follows the body.
        int start = message.Length - MessageSignature.SizeInBytes - aggregate.Length;
        return new LatestAggregate(round, message, message.AsMemory(start, aggregate.Length), digest);
    }
}
