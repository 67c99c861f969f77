using System.Buffers.Binary;
using System.Text;
using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Serialization;

/// <summary>A field reader reads fields of <see cref="FedHe.Crypto.Serialization.WireWriter"/>, and refuses everything else by one name.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> bytes, PrivacyError malformed)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = bytes;

    public readonly int Remaining => _rest.Length;

    /// <summary>Returns the refusal of bytes whose fields make no sense.</summary>
    public readonly PrivacyException Malformed(Exception? cause = null) => Throw.Malformed(malformed, cause);

    public ReadOnlySpan<byte> Bytes(int length)
    {
        if (length > _rest.Length)
        {
            throw Malformed();
        }

        ReadOnlySpan<byte> taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    public byte Byte() => Bytes(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(sizeof(ushort)));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(sizeof(int)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(sizeof(long)));

    /// <summary>Reads an integer that must lie between two others.</summary>
    public int Int32(int smallest, int largest)
    {
        int value = Int32();
        return value >= smallest && value <= largest ? value : throw Malformed();
    }

    /// <summary>Reads a finite double that is not the negative zero, so that equal ledgers have equal bytes.</summary>
    public double Double()
    {
        double value = BinaryPrimitives.ReadDoubleLittleEndian(Bytes(sizeof(double)));
        return double.IsFinite(value) && !(value == 0 && double.IsNegative(value)) ? value : throw Malformed();
    }

    public string Text(int longest)
    {
        try
        {
            string text = Strict.GetString(Bytes(UInt16()));
            return text.Length <= longest && !string.IsNullOrWhiteSpace(text) ? text : throw Malformed();
        }
        catch (DecoderFallbackException exception)
        {
            throw Malformed(exception);
        }
    }
}
