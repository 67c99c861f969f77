using FedHe.Crypto.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Sums;

namespace FedHe.Orchestration.Server;

/// <summary>
/// The latest aggregate is kept for clients that missed it, as the signed message that all clients receive.
/// </summary>
/// <param name="Round">The round of the aggregate.</param>
/// <param name="Message">The whole message, signed once.</param>
/// <param name="Bytes">The bytes of the aggregate in the message.</param>
/// <param name="Digest">The digest of the chain up to the round; without round keys, of the bytes of the aggregate.</param>
internal sealed record LatestAggregate(int Round, SumBytes Message, SumBytes Bytes, Digest Digest)
{
    /// <summary>Signs the message of an aggregate, with a proof for its clients. All of the aggregate is read once.</summary>
    public static LatestAggregate Sign(FederationServerSetup setup, StateStamp stamp, int round, SumBytes aggregate, Digest? chain = null)
    {
        Digest digest = chain ?? aggregate.Digest;
        byte[] proof = MessageFormat.WriteSigned(
            new Acknowledgement(setup.Job.JobId, digest, RefusalReason.None) { Stamp = stamp with { Round = round + 1, Attempt = 1 } },
            setup.Job.Authority.ParametersId,
            setup.Identity);
        SumBytes message = Sign(setup, stamp, round, aggregate, proof);

        // In memory the aggregate need not be there twice. It ends the body, and the signature follows the body.
        return aggregate.Stored is not null
            ? new LatestAggregate(round, message, aggregate, digest)
            : new LatestAggregate(round, message, SumBytes.Of(message.Beginning[(int)(message.Length - MessageSignature.SizeInBytes - aggregate.Length)..^MessageSignature.SizeInBytes]), digest);
    }

    /// <summary>Signs a message with an aggregate, which stays in its file.</summary>
    public static SumBytes Sign(FederationServerSetup setup, StateStamp stamp, int round, SumBytes aggregate, ReadOnlyMemory<byte> proof)
    {
        Digest parametersId = setup.Job.Authority.ParametersId;
        bool isInMemory = aggregate.Stored is null;
        var message = new AggregateMessage(setup.Job.JobId, round, isInMemory ? aggregate.Beginning : default, proof, aggregate.Digest) { Stamp = stamp };
        if (isInMemory)
        {
            return SumBytes.Of(MessageFormat.WriteSigned(message, parametersId, setup.Identity));
        }

        byte[] around = MessageFormat.WriteSigned(message with { LengthElsewhere = aggregate.Length }, parametersId, setup.Identity);
        return SumBytes.Around(around.AsMemory(..^MessageSignature.SizeInBytes), aggregate, around.AsMemory(^MessageSignature.SizeInBytes..));
    }
}
