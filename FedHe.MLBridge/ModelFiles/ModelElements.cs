using System.Buffers.Binary;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.ModelFiles;

/// <summary>Model elements are what the file of a model has of its values: each in its tensor's element type, little-endian.</summary>
internal static class ModelElements
{
    /// <summary>The largest number of bytes of an element.</summary>
    public const int LargestSize = sizeof(double);

    /// <summary>Returns the number of bytes of an element of a floating type.</summary>
    public static int SizeOf(ElementType type) => type switch
    {
        ElementType.Float64 => sizeof(double),
        ElementType.Float32 => sizeof(float),
        _ => sizeof(ushort),
    };

    /// <summary>Rounds values to elements, as a model in memory does.</summary>
    public static void Write(ElementType type, ReadOnlySpan<double> values, Span<byte> elements)
    {
        switch (type)
        {
            case ElementType.Float32:
                for (int i = 0; i < values.Length; i++)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(elements[(i * sizeof(float))..], (float)values[i]);
                }

                break;
            case ElementType.Float16:
                for (int i = 0; i < values.Length; i++)
                {
                    BinaryPrimitives.WriteHalfLittleEndian(elements[(i * sizeof(ushort))..], (Half)values[i]);
                }

                break;
            case ElementType.BFloat16:
                for (int i = 0; i < values.Length; i++)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(elements[(i * sizeof(ushort))..], FloatingFormat.ToBFloat16Bits(values[i]));
                }

                break;
            default:
                for (int i = 0; i < values.Length; i++)
                {
                    BinaryPrimitives.WriteDoubleLittleEndian(elements[(i * sizeof(double))..], values[i]);
                }

                break;
        }
    }

    /// <summary>Widens elements to values.</summary>
    public static void Read(ElementType type, ReadOnlySpan<byte> elements, Span<double> values)
    {
        switch (type)
        {
            case ElementType.Float32:
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = BinaryPrimitives.ReadSingleLittleEndian(elements[(i * sizeof(float))..]);
                }

                break;
            case ElementType.Float16:
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = (double)BinaryPrimitives.ReadHalfLittleEndian(elements[(i * sizeof(ushort))..]);
                }

                break;
            case ElementType.BFloat16:
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = FloatingFormat.FromBFloat16Bits(BinaryPrimitives.ReadUInt16LittleEndian(elements[(i * sizeof(ushort))..]));
                }

                break;
            default:
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = BinaryPrimitives.ReadDoubleLittleEndian(elements[(i * sizeof(double))..]);
                }

                break;
        }
    }
}
