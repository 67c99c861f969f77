using System.Buffers.Binary;
using System.Text;
using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Ledgers;

/// <summary>A ledger reader reads what <see cref="LedgerWriter"/> writes, and refuses everything else.</summary>
internal ref struct LedgerReader(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = bytes;

    public readonly int Remaining => _rest.Length;

    public ReadOnlySpan<byte> Bytes(int length)
    {
        if (length > _rest.Length)
        {
            throw Throw.MalformedLedger();
        }

        ReadOnlySpan<byte> taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    public byte Byte() => Bytes(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(sizeof(ushort)));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(sizeof(int)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(sizeof(long)));

    /// <summary>Reads a finite double that is not the negative zero, so that equal ledgers have equal bytes.</summary>
    public double Double()
    {
        double value = BinaryPrimitives.ReadDoubleLittleEndian(Bytes(sizeof(double)));
        return double.IsFinite(value) && !(value == 0 && double.IsNegative(value)) ? value : throw Throw.MalformedLedger();
    }

    public string Text(int longest)
    {
        try
        {
            string text = Strict.GetString(Bytes(UInt16()));
            return text.Length <= longest && !string.IsNullOrWhiteSpace(text) ? text : throw Throw.MalformedLedger();
        }
        catch (DecoderFallbackException exception)
        {
            throw Throw.MalformedLedger(exception);
        }
    }
}
