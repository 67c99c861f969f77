using System.Buffers;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Kernels;
using FedHe.Privacy.Serialization;
using FedHe.Privacy.States;

namespace FedHe.Privacy.Correlation;

/// <summary>
/// The bytes of a saved buffer of correlated noise: docs/wire-format.md describes them. Plan and stamp are in clear, and the context under which rounds
/// and seeds are sealed.
/// </summary>
internal static class NoiseBufferFormat
{
    private const ushort Version = 1;

    private static ReadOnlySpan<byte> Magic => "FHDN"u8;

    public static byte[] Write(CorrelatedNoisePlan plan, PrivacyStateStamp stamp, NoiseBufferContent content, SecretSealer seal)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        writer.WriteBytes(Magic);
        writer.WriteUInt16(Version);
        writer.WriteBytes(PlanDigest.Of(plan));
        stamp.Write(writer);
        using var secret = new PinnedBufferWriter();
        WriteSecret(content, new WireWriter(secret));
        byte[] encrypted = seal(secret.WrittenSpan, bytes.WrittenSpan);
        writer.WriteBytesWithLength(encrypted);
        return bytes.WrittenSpan.ToArray();
    }

    public static NoiseBufferContent Read(
        ReadOnlySpan<byte> bytes, CorrelatedNoisePlan plan, SecretOpener open, PrivacyStateStamp newest, out PrivacyStateStamp stamp)
    {
        var reader = new FieldReader(bytes, PrivacyError.MalformedState);
        if (!reader.Bytes(Magic.Length).SequenceEqual(Magic) || reader.UInt16() != Version)
        {
            throw reader.Malformed();
        }

        if (!reader.Bytes(PlanDigest.Length).SequenceEqual(PlanDigest.Of(plan)))
        {
            throw Throw.StateOfAnotherPlan();
        }

        stamp = PrivacyStateStamp.Read(ref reader);
        ReadOnlySpan<byte> context = bytes[..^reader.Remaining];
        ReadOnlySpan<byte> encrypted = reader.Bytes(reader.Int32(0, reader.Remaining));
        if (reader.Remaining != 0)
        {
            throw reader.Malformed();
        }

        stamp.RequireNotOlderThan(newest);
        using var secret = new PinnedBufferWriter();
        return open(encrypted, context, secret) ? ReadSecret(secret.WrittenSpan, plan) : throw Throw.StateNotOpened();
    }

    private static void WriteSecret(NoiseBufferContent content, WireWriter writer)
    {
        writer.WriteInt32(content.Round);
        writer.WriteByte(content.Pending is null ? (byte)0 : (byte)1);
        writer.WriteInt32(content.Seeds.Count);
        writer.WriteBytes(content.Pending);
        foreach (byte[] seed in content.Seeds)
        {
            writer.WriteBytes(seed);
        }
    }

    private static NoiseBufferContent ReadSecret(ReadOnlySpan<byte> bytes, CorrelatedNoisePlan plan)
    {
        var reader = new FieldReader(bytes, PrivacyError.MalformedState);
        int round = reader.Int32(0, plan.Correlation.Schedule.Rounds);
        byte isPending = reader.Byte();
        int expected = Math.Min(round, plan.Correlation.Coefficients.Count - 1);
        if (isPending > 1 || (isPending == 1 && round == plan.Correlation.Schedule.Rounds) || reader.Int32() != expected
            || reader.Remaining != ((isPending + (long)expected) * WordStream.SeedLength))
        {
            throw reader.Malformed();
        }

        byte[]? pending = isPending == 1 ? Seed(ref reader) : null;
        var seeds = new List<byte[]>(expected);
        for (int i = 0; i < expected; i++)
        {
            seeds.Add(Seed(ref reader));
        }

        return new NoiseBufferContent(round, pending, seeds);
    }

    private static byte[] Seed(ref FieldReader reader)
    {
        byte[] seed = SecretMemory.Allocate<byte>(WordStream.SeedLength);
        reader.Bytes(seed.Length).CopyTo(seed);
        return seed;
    }
}
