using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A noise keeper keeps the correlated noise of a client in step with the chain of lists: a row is kept exactly where the list of its round names all clients, and the upload that it was prepared for.
/// </summary>
/// <remarks>
/// A client whose noise disagrees with the lists, because the client went back to an older state or began late, must not continue the sequence, because the accountant does not cover sums with its rows. The client forgets its
/// noise and sends no upload, so that the next sum has fewer contributors and all clients begin another sequence.
/// </remarks>
/// <param name="mechanism">The mechanism that draws and remembers noise.</param>
/// <param name="ledger">The client's ledger, which follows the lists.</param>
internal sealed class NoiseKeeper(ICorrelatedMechanism mechanism, SequenceLedger ledger) : IDisposable
{
    // The upload for which the mechanism prepared its last row; zeros for none.
    private Preparation _prepared;

    /// <summary>Tells whether the client has the noise that an attempt goes on from.</summary>
    public bool HasNoiseFor(UploadSlot slot) => ledger.Sequences.RowOf(slot.Round, slot.Attempt) is int row && (row == 0 || row == mechanism.Rows);

    /// <summary>Gets ready for the row of an attempt, before its noise is drawn.</summary>
    public void Prepare(UploadSlot slot)
    {
        if (ledger.Sequences.RowOf(slot.Round, slot.Attempt) == 0)
        {
            mechanism.Restart();
        }

        _prepared = new Preparation(slot.Round, slot.Attempt, Nonce: default);
    }

    /// <summary>Notes the bytes that carry the row that was prepared.</summary>
    /// <param name="update">The encrypted update.</param>
    public void Note(ReadOnlyMemory<byte> update) => _prepared = _prepared with { Nonce = ProtectedUpdate.TryRead(update)?.Nonce ?? default };

    /// <summary>Keeps the row that is in the sum of a list, or forgets the sequence. The ledger has counted the sum.</summary>
    /// <param name="list">The list.</param>
    /// <param name="client">The client.</param>
    public void Open(ContributorList list, ClientId client)
    {
        // The list names the nonce of an encryption, so that another one for the same attempt, by an earlier life of this client, is not taken for it.
        bool isInSum = list.Contributors.Any(one => one.Client == client && _prepared == new Preparation(list.Round, list.AttemptNumber, one.Nonce));
        int rows = ledger.Sequences.Rows;
        if (rows > 0 && isInSum && mechanism.Rows == rows - 1)
        {
            mechanism.Keep();
        }
        else
        {
            mechanism.Restart();
        }

        _prepared = default;
    }

    /// <summary>Writes the noise and what it was prepared for.</summary>
    public void Write(WireWriter writer, ISecretProtector protector, ReadOnlySpan<byte> context)
    {
        writer.WriteInt32(_prepared.Round);
        writer.WriteInt32(_prepared.Attempt);
        writer.WriteDigest(_prepared.Nonce);
        writer.WriteInt32(mechanism.Rows);
        writer.WriteBytesWithLength(mechanism.Save(protector, Extend(context)));
    }

    /// <summary>Reads noise of a saved state, which <see cref="Restore"/> takes.</summary>
    public static SavedNoise Read(ref WireReader reader, FederationJob job)
    {
        int round = reader.ReadInt32(0, job.Settings.Rounds);
        int attempt = reader.ReadInt32(0, job.Settings.MaxAttempts);
        Digest nonce = reader.ReadDigest();
        int rows = reader.ReadInt32(0, job.Update.Privacy!.Correlation!.Rounds);
        return new SavedNoise(round, attempt, nonce, rows, reader.ReadBytesWithLength().ToArray());
    }

    /// <summary>Takes the noise of a saved state.</summary>
    /// <exception cref="StateRefusedException">The noise disagrees with the chain of lists in the state, belongs to another client or job, or cannot be decrypted.</exception>
    public void Restore(SavedNoise saved, ISecretProtector protector, ReadOnlySpan<byte> context)
    {
        if (saved.Rows != 0 && saved.Rows != ledger.Sequences.Rows)
        {
            throw new StateRefusedException(StateError.Inconsistent);
        }

        mechanism.Restore(saved.Noise, protector, Extend(context), saved.Rows);
        _prepared = new Preparation(saved.Round, saved.Attempt, saved.Nonce);
    }

    public void Dispose() => mechanism.Dispose();

    private static byte[] Extend(ReadOnlySpan<byte> context) => [.. "FedHe client noise v1"u8, .. context];

    private readonly record struct Preparation(int Round, int Attempt, Digest Nonce);
}
