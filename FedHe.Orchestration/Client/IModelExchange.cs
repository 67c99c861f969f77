using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Client;

/// <summary>A model exchange turns a client's model into an upload, and an aggregate into a model.</summary>
internal interface IModelExchange
{
    /// <summary>The protocol of round keys, or null without them.</summary>
    RoundKeyProtocol? Protocol { get; }

    /// <summary>Tells whether an invitation has the keys of committee members that the job needs, and no others.</summary>
    bool HasMemberKeys(Invitation invitation);

    /// <summary>Computes the exact length in bytes of an encrypted update for the slot of an invitation.</summary>
    long LengthOf(Invitation invitation);

    /// <summary>Encrypts an update for the slot of an invitation.</summary>
    /// <param name="invitation">The invitation, whose member keys are right.</param>
    /// <param name="update">The values.</param>
    /// <param name="weight">The client's weight.</param>
    /// <param name="destination">Receives the bytes; after an exception, discard whatever it received.</param>
    /// <returns>The number of values that were moved to their bounds.</returns>
    ClampReport Encrypt(Invitation invitation, IFlatModel update, long weight, IBufferWriter<byte> destination);

    /// <summary>Returns the digest that names the model of an aggregate, or null for malformed bytes.</summary>
    Digest? DigestOf(AggregateMessage message);

    /// <summary>Verifies an aggregate and has it decrypted, or returns the reason to ignore it.</summary>
    /// <param name="message">The message of the aggregate.</param>
    /// <param name="state">The state of the client.</param>
    /// <param name="decrypt">Decrypts the aggregate of an attempt, which is 0 where nothing names it.</param>
    IgnoredReason? TryOpen(AggregateMessage message, ClientState state, Action<AggregateDecryptor, EncryptedAggregate, int> decrypt);

    /// <summary>Has the aggregate of the client's own model decrypted, whose digest was compared, after a restart.</summary>
    IgnoredReason? TryOpenAgain(AggregateMessage message, Action<AggregateDecryptor, EncryptedAggregate, int> decrypt);
}
