using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace FedHe.Privacy.Serialization;

/// <summary>A field writer writes little-endian numbers and short texts.</summary>
internal sealed class FieldWriter(IBufferWriter<byte> destination)
{
    public void Bytes(ReadOnlySpan<byte> bytes) => destination.Write(bytes);

    public void Byte(byte value) => destination.Write([value]);

    public void UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination.GetSpan(sizeof(ushort)), value);
        destination.Advance(sizeof(ushort));
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination.GetSpan(sizeof(int)), value);
        destination.Advance(sizeof(int));
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination.GetSpan(sizeof(long)), value);
        destination.Advance(sizeof(long));
    }

    public void Double(double value) => Int64(BitConverter.DoubleToInt64Bits(value));

    public void Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        UInt16((ushort)bytes.Length);
        Bytes(bytes);
    }
}
