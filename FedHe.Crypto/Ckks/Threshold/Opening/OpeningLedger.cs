using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ckks.Threshold.Keys;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Threshold.Opening;

/// <summary>
/// An opening ledger remembers every ciphertext that one party has answered under one key, refuses a second answer to any of them, and
/// refuses more than the flooding noise was planned for. It is thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// A second answer to a ciphertext, for the same set of parties or another, tells about the share: two sets give linear relations between
/// answers, and the mean of two noises is narrower. Sources: Okada et al., ePrint 2025/409; Colin de Verdière et al., ePrint
/// 2026/031. A repeated request is refused too, instead of being answered with the same bytes: the answer or the seed of its noise
/// would have to be kept, a secret that a thief of old states could use. A party that wants to send an answer twice keeps its bytes.
/// </para>
/// <para>
/// The identity of the key is the epoch: it names one generation of one key. A ciphertext is named by the digest of c1, which alone meets the
/// share. Records are handed to the caller <em>before</em> an answer is computed, and count also where computing it fails. A ledger
/// that is lost or put back to an older state ends the share: dispose it, and generate a new key.
/// </para>
/// </remarks>
public sealed class OpeningLedger
{
    private const int RecordLength = Digest.SizeInBytes + sizeof(ulong);
    private const int FieldsLength = KeyId.SizeInBytes + sizeof(byte);

    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, PartySet> _answered = [];
    private readonly Action<ReadOnlyMemory<byte>> _append;
    private readonly ThresholdParameters _parameters;

    private OpeningLedger(ThresholdParameters parameters, ThresholdKeyShare share, Action<ReadOnlyMemory<byte>> append)
    {
        _parameters = parameters;
        _append = append;
        KeyId = share.KeyId;
        Party = share.Party;
    }

    /// <summary>The key of the ledger.</summary>
    public KeyId KeyId { get; }

    /// <summary>The number of the party that keeps the ledger.</summary>
    public int Party { get; }

    /// <summary>The number of ciphertexts that were answered.</summary>
    public long Opened
    {
        get
        {
            lock (_lock)
            {
                return _answered.Count;
            }
        }
    }

    /// <summary>The number of ciphertexts that may still be answered.</summary>
    public long Remaining => _parameters.Openings - Opened;

    /// <summary>Begins the ledger of a new share, and hands out its first bytes.</summary>
    internal static OpeningLedger Begin(ThresholdParameters parameters, ThresholdKeyShare share, Action<ReadOnlyMemory<byte>> append)
    {
        var ledger = new OpeningLedger(parameters, share, append);
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        writer.WriteHeader(WireKind.OpeningLedger, parameters.Id, FieldsLength);
        writer.WriteKeyId(share.KeyId);
        writer.WriteByte((byte)share.Party);
        append(bytes.WrittenMemory);
        return ledger;
    }

    /// <summary>Restores a ledger from everything that it handed out.</summary>
    internal static bool TryRestore(
        ThresholdParameters parameters,
        ThresholdKeyShare share,
        ReadOnlySpan<byte> source,
        Action<ReadOnlyMemory<byte>> append,
        [NotNullWhen(true)] out OpeningLedger? ledger,
        out FormatError reason)
    {
        ledger = null;
        const int HeaderLength = WireHeader.SizeInBytes + FieldsLength;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.OpeningLedger, parameters.Id, HeaderLength, HeaderLength);
        reader.Require(reader.ReadKeyId() == share.KeyId && reader.ReadByte() == share.Party, FormatError.Inconsistent);
        reader.Require(reader.Remaining % RecordLength == 0, FormatError.Truncated);
        reader.Require(reader.Remaining / RecordLength <= parameters.Openings, FormatError.LimitExceeded);
        var restored = new OpeningLedger(parameters, share, append);
        while (!reader.Failed && reader.Remaining > 0)
        {
            Digest ciphertext = reader.ReadDigest();
            var set = PartySet.FromBits(reader.ReadUInt64());
            reader.Require(set.Fits(parameters) && set.Contains(share.Party), FormatError.FieldOutOfRange);
            reader.Require(restored._answered.TryAdd(ciphertext, set), FormatError.Inconsistent);
        }

        reason = reader.Error;
        if (!reader.Failed)
        {
            ledger = restored;
        }

        return ledger is not null;
    }

    /// <summary>Records ciphertexts before they are answered: all of them, or none and an exception.</summary>
    /// <exception cref="HeMismatchException">A ciphertext was answered before, or occurs twice.</exception>
    /// <exception cref="HePublicationException">The planned openings are spent.</exception>
    internal void Record(ReadOnlySpan<Digest> ciphertexts, PartySet set)
    {
        lock (_lock)
        {
            var distinct = new HashSet<Digest>(ciphertexts.Length);
            foreach (Digest ciphertext in ciphertexts)
            {
                if (_answered.ContainsKey(ciphertext) || !distinct.Add(ciphertext))
                {
                    throw Throw.AnsweredBefore();
                }
            }

            long remaining = _parameters.Openings - _answered.Count;
            if (ciphertexts.Length > remaining)
            {
                throw Throw.OpeningsSpent(remaining);
            }

            byte[] records = new byte[ciphertexts.Length * RecordLength];
            Span<byte> next = records;
            foreach (Digest ciphertext in ciphertexts)
            {
                _answered.Add(ciphertext, set);
                ciphertext.CopyTo(next);
                System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(next[Digest.SizeInBytes..], set.Bits);
                next = next[RecordLength..];
            }

            _append(records);
        }
    }
}
