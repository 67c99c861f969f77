using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Protection;

namespace FedHe.Orchestration.Committee;

/// <summary>
/// The member-ledger format encodes a ledger; docs/wire-format.md describes it as kind 70. The key of the round is only in the part
/// that the host's protector encrypts.
/// </summary>
internal static class MemberLedgerFormat
{
    public static void Write(MemberLedger ledger, FederationJob job, ClientIdentity identity, ISecretProtector? protector, IBufferWriter<byte> destination)
    {
        var content = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(content);
        writer.WriteClientId(identity.Client);
        writer.WriteInt32(ledger.Floor);
        writer.WriteInt32(ledger.KeyEpoch);
        writer.WriteInt32(ledger.KeyRound);
        writer.WriteBytesWithLength(Protect(ledger, job, identity, protector));
        writer.WriteInt32(ledger.AnsweredRound);
        writer.WriteDigest(ledger.AnsweredList);
        writer.WriteBytesWithLength(ledger.Answer.Span);
        writer.WriteInt32(ledger.Vote.Number);
        writer.WriteInt32(ledger.Vote.FirstRound);
        writer.WriteDigest(ledger.Vote.Epoch);
        writer.WriteBytesWithLength(ledger.Vote.Message.Span);
        StateEnvelope.Write(
            WireKind.MemberLedger,
            job.Authority.ParametersId,
            job.Digest,
            ledger.Stamp,
            content.WrittenSpan,
            identity.Key,
            destination);
    }

    /// <summary>Checks and parses a saved ledger of the client.</summary>
    /// <exception cref="StateRefusedException">The bytes are not a saved ledger of the client.</exception>
    public static MemberLedger Read(
        ReadOnlyMemory<byte> source, FederationJob job, ClientIdentity identity, ISecretProtector? protector, StateStamp? newest)
    {
        ReadOnlyMemory<byte> content = StateEnvelope.Open(
            source,
            WireKind.MemberLedger,
            job.Authority.ParametersId,
            job.Digest,
            identity.VerificationKey,
            newest,
            out StateStamp stamp);
        int rounds = job.Settings.Rounds;
        var reader = new WireReader(content.Span);
        reader.Require(reader.ReadClientId() == identity.Client, FormatError.Inconsistent);
        var ledger = new MemberLedger { Version = stamp.Version };
        ledger.RaiseFloor(reader.ReadInt32(0, rounds));
        int keyEpoch = reader.ReadInt32(0, rounds);
        int keyRound = reader.ReadInt32(0, rounds);
        ReadOnlySpan<byte> key = reader.ReadBytesWithLength();
        int answeredRound = reader.ReadInt32(0, rounds);
        Digest list = reader.ReadDigest();
        ReadOnlyMemory<byte> answer = reader.ReadBytesWithLength(content).ToArray();
        var vote = new GivenVote(
            reader.ReadInt32(0, rounds), reader.ReadInt32(0, rounds), reader.ReadDigest(), reader.ReadBytesWithLength(content).ToArray());
        reader.ExpectEnd();
        reader.Require((answeredRound == 0) == answer.IsEmpty, FormatError.Inconsistent);
        reader.Require((keyEpoch == 0) == (keyRound == 0), FormatError.Inconsistent);
        reader.Require((vote.Number == 0) == (vote.FirstRound == 0) && (vote.Number > 0 || vote.Message.IsEmpty), FormatError.Inconsistent);
        if (reader.Failed)
        {
            throw new StateRefusedException(StateError.Inconsistent, new HeFormatException(reader.Error, "member ledger"));
        }

        if (vote.Number > 0)
        {
            ledger.Note(vote);
        }

        ledger.Begin(keyEpoch, keyRound, key.IsEmpty ? null : Unprotect(key, (keyEpoch, keyRound), job, identity, protector));
        ledger.Note(answeredRound, list, answer);
        ledger.EndStep();
        ledger.Version = stamp.Version;
        return ledger.Stamp == stamp ? ledger : throw new StateRefusedException(StateError.Inconsistent);
    }

    private static byte[] Protect(MemberLedger ledger, FederationJob job, ClientIdentity identity, ISecretProtector? protector)
    {
        if (protector is null || ledger.Key is not BoxKeyPair key)
        {
            return [];
        }

        byte[] secret = GC.AllocateUninitializedArray<byte>(key.ExportSize, pinned: true);
        try
        {
            key.ExportPrivate(secret);
            return protector.Protect(secret, ContextOf(job, identity, (ledger.KeyEpoch, ledger.KeyRound)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static BoxKeyPair Unprotect(
        ReadOnlySpan<byte> bytes, (int Epoch, int Round) place, FederationJob job, ClientIdentity identity, ISecretProtector? protector)
    {
        using var secret = new PinnedBufferWriter();
        if (protector?.TryUnprotect(bytes, ContextOf(job, identity, place), secret) != true)
        {
            throw new StateRefusedException(StateError.NotUnprotected);
        }

        return BoxKeyPair.TryImportPrivate(job.Committee!.KeyExchange, secret.WrittenSpan, out BoxKeyPair? key)
            ? key
            : throw new StateRefusedException(StateError.Inconsistent);
    }

    private static byte[] ContextOf(FederationJob job, ClientIdentity identity, (int Epoch, int Round) place)
    {
        var context = new ArrayBufferWriter<byte>();
        context.Write("FedHe member ledger v1"u8);
        var writer = new WireWriter(context);
        writer.WriteDigest(job.Digest);
        writer.WriteClientId(identity.Client);
        writer.WriteInt32(place.Epoch);
        writer.WriteInt32(place.Round);
        return context.WrittenSpan.ToArray();
    }
}
