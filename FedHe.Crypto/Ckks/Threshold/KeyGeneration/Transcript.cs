using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Ckks.Threshold.KeyGeneration;

/// <summary>
/// A transcript collects the messages of a key generation, one of each party in each step, and hashes them in the order of steps and
/// parties.
/// </summary>
internal sealed class Transcript
{
    private static readonly byte[] Label = [.. "FedHe threshold transcript 1"u8];

    private readonly Digest _parametersId;
    private readonly Digest _session;
    private readonly int _parties;
    private KeyGenerationMessage[] _last = [];

    public Transcript(Digest parametersId, Digest session, int parties)
    {
        _parametersId = parametersId;
        _session = session;
        _parties = parties;
        Span<byte> bytes = stackalloc byte[(2 * Digest.SizeInBytes) + Label.Length];
        Label.CopyTo(bytes);
        parametersId.CopyTo(bytes[Label.Length..]);
        session.CopyTo(bytes[(Label.Length + Digest.SizeInBytes)..]);
        Hash = Digest.Compute(bytes);
    }

    /// <summary>The hash of everything that was added.</summary>
    public Digest Hash { get; private set; }

    /// <summary>The messages that were added last, in the order of parties.</summary>
    public IReadOnlyList<KeyGenerationMessage> Last => _last;

    /// <summary>Adds one message of a step from every party.</summary>
    /// <param name="step">The step.</param>
    /// <param name="messages">The messages, in any order.</param>
    /// <param name="own">The message that this party sent, which must be among them.</param>
    /// <exception cref="HeMismatchException">
    /// The messages are not one of each party in this step and session, or this party sent another one.
    /// </exception>
    public void Add(KeyGenerationStep step, IReadOnlyCollection<KeyGenerationMessage> messages, KeyGenerationMessage own)
    {
        ArgumentNullException.ThrowIfNull(messages);
        KeyGenerationMessage[] sorted = Sort(step, messages);
        if (!sorted[own.Sender - 1].IsSame(own))
        {
            throw Throw.ChangedOwnMessage();
        }

        _last = sorted;
        Hash = HashWith(sorted);
    }

    /// <summary>Adds one message of a step from every party, each of which must open the commitment of its sender.</summary>
    public void AddRevealed(KeyGenerationStep step, IReadOnlyCollection<KeyGenerationMessage> messages, KeyGenerationMessage own, Digest context)
    {
        ArgumentNullException.ThrowIfNull(messages);
        KeyGenerationMessage[] commitments = _last;
        foreach (KeyGenerationMessage revealed in Sort(step, messages))
        {
            if (new Digest(commitments[revealed.Sender - 1].Content) != revealed.CommitmentTo(context))
            {
                throw Throw.BrokenCommitment(revealed.Sender);
            }
        }

        Add(step, messages, own);
    }

    private KeyGenerationMessage[] Sort(KeyGenerationStep step, IReadOnlyCollection<KeyGenerationMessage> messages)
    {
        var sorted = new KeyGenerationMessage?[_parties];
        foreach (KeyGenerationMessage message in messages)
        {
            ArgumentNullException.ThrowIfNull(message, nameof(messages));
            bool belongs = message.ParametersId == _parametersId && message.Session == _session && message.Step == step;
            if (!belongs || sorted[message.Sender - 1] is not null)
            {
                throw Throw.KeyGenerationIncomplete();
            }

            sorted[message.Sender - 1] = message;
        }

        KeyGenerationMessage[] complete = [.. sorted.OfType<KeyGenerationMessage>()];
        return complete.Length == _parties ? complete : throw Throw.KeyGenerationIncomplete();
    }

    private Digest HashWith(KeyGenerationMessage[] messages)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[Digest.SizeInBytes];
        hash.AppendData(Label);
        Hash.CopyTo(bytes);
        hash.AppendData(bytes);
        foreach (KeyGenerationMessage message in messages)
        {
            // All messages of a step have the same length, so that no two lists have the same bytes.
            hash.AppendData(message.Content);
        }

        hash.GetHashAndReset(bytes);
        return new Digest(bytes);
    }
}
