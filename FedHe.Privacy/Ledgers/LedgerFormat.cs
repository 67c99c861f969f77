using System.Buffers;
using FedHe.Crypto.Serialization;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Serialization;

namespace FedHe.Privacy.Ledgers;

/// <summary>The bytes of a ledger: docs/wire-format.md describes them.</summary>
internal static class LedgerFormat
{
    private const ushort Version = 1;
    private const int SmallestEntryLength = 1 + 1 + 8 + 8 + 2;

    private static ReadOnlySpan<byte> Magic => "FHDP"u8;

    public static byte[] Write(PrivacyAccountant accountant)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        writer.WriteBytes(Magic);
        writer.WriteUInt16(Version);
        writer.WriteByte((byte)accountant.Method);
        writer.WriteByte((byte)accountant.Budget.Unit);
        writer.WriteByte((byte)(accountant.Budget.Form ?? 0));
        writer.WriteDouble(accountant.Budget.Epsilon);
        writer.WriteDouble(accountant.Budget.Delta);
        writer.WriteDouble(accountant.Budget.Clip);
        writer.WriteInt32(accountant.Entries.Count);
        foreach (LedgerEntry entry in accountant.Entries)
        {
            writer.WriteString(entry.Purpose);
            writer.WriteInt64(entry.Count);
            ReleaseFormat.Write(writer, entry.Release);
        }

        return bytes.WrittenSpan.ToArray();
    }

    public static PrivacyAccountant Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return ReadCore(bytes);
        }
        catch (PrivacyException exception) when (exception.Error != PrivacyError.MalformedLedger)
        {
            // A number that no release or budget may have.
            throw Throw.MalformedLedger(exception);
        }
    }

    private static PrivacyAccountant ReadCore(ReadOnlySpan<byte> bytes)
    {
        var reader = new FieldReader(bytes, PrivacyError.MalformedLedger);
        if (!reader.Bytes(Magic.Length).SequenceEqual(Magic) || reader.UInt16() != Version)
        {
            throw Throw.MalformedLedger();
        }

        var method = (CompositionMethod)reader.Byte();
        if (!Enum.IsDefined(method))
        {
            throw Throw.MalformedLedger();
        }

        var unit = (PrivacyUnit)reader.Byte();
        byte form = reader.Byte();
        PrivacyBudget budget = PrivacyBudget.Create(
            unit, form == 0 ? null : (RecordForm)form, reader.Double(), reader.Double(), reader.Double());
        int count = reader.Int32();
        if (count < 0 || count > PrivacyAccountant.LargestEntryCount || (long)count * SmallestEntryLength > reader.Remaining)
        {
            throw Throw.MalformedLedger();
        }

        var accountant = new PrivacyAccountant(budget, method);
        for (int i = 0; i < count; i++)
        {
            string purpose = reader.Text(PrivacyAccountant.LongestPurpose);
            long times = reader.Int64();
            accountant.Restore(new LedgerEntry(purpose, ReleaseFormat.Read(ref reader), times));
        }

        return reader.Remaining == 0 ? accountant : throw Throw.MalformedLedger();
    }
}
