using System.Buffers;
using System.Buffers.Binary;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Wire;

/// <summary>Model bytes are the elements of a model, tensor after tensor in the order of its layout, each little-endian.</summary>
internal static class ModelBytes
{
    private delegate void ElementWriter<T>(Span<byte> destination, T value);

    private delegate T ElementReader<T>(ReadOnlySpan<byte> source);

    /// <summary>Writes a model in clear, or only its buffers, into memory that the caller zeroes.</summary>
    public static void Write(ModelParameters model, bool buffersOnly, IBufferWriter<byte> destination)
    {
        foreach (TensorSpec tensor in model.Layout.Tensors.Where(tensor => IsWritten(tensor, buffersOnly)))
        {
            string name = tensor.Name;
            switch (tensor.ElementType)
            {
                case ElementType.Float32:
                    Write(model.Get<float>(name), sizeof(float), BinaryPrimitives.WriteSingleLittleEndian, destination);
                    break;
                case ElementType.Float64:
                    Write(model.Get<double>(name), sizeof(double), BinaryPrimitives.WriteDoubleLittleEndian, destination);
                    break;
                case ElementType.Float16:
                    Write(model.Get<Half>(name), sizeof(ushort), BinaryPrimitives.WriteHalfLittleEndian, destination);
                    break;
                case ElementType.BFloat16:
                    Write(model.GetBFloat16Bits(name), sizeof(ushort), BinaryPrimitives.WriteUInt16LittleEndian, destination);
                    break;
                case ElementType.Int64:
                    Write(model.Get<long>(name), sizeof(long), BinaryPrimitives.WriteInt64LittleEndian, destination);
                    break;
                case ElementType.Int32:
                    Write(model.Get<int>(name), sizeof(int), BinaryPrimitives.WriteInt32LittleEndian, destination);
                    break;
                case ElementType.UInt8:
                    destination.Write(model.Get<byte>(name));
                    break;
                default:
                    Write(model.Get<bool>(name), sizeof(byte), static (bytes, value) => bytes[0] = (byte)(value ? 1 : 0), destination);
                    break;
            }
        }
    }

    /// <summary>Computes the number of bytes of a model with its buffers.</summary>
    /// <exception cref="TooLongForMemoryException">The model has more bytes than an array can have.</exception>
    public static int LengthOf(ModelLayout layout)
        => ToArrayLength(layout.Tensors.Sum(tensor => tensor.ElementCount * SizeOf(tensor.ElementType)));

    /// <summary>Returns a number of bytes of a saved state as the length of an array.</summary>
    /// <exception cref="TooLongForMemoryException">An array cannot be as long.</exception>
    public static int ToArrayLength(long bytes) => bytes <= Array.MaxLength ? (int)bytes : throw Throw.StateTooLong(bytes);

    /// <summary>Reads a model, or returns null when the bytes are not exactly one.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="template">The model that gives the layout, and every tensor that was not written.</param>
    /// <param name="buffersOnly">Whether only buffers were written.</param>
    public static ModelParameters? TryRead(ReadOnlySpan<byte> source, ModelParameters template, bool buffersOnly)
    {
        var own = new ArrayBufferWriter<byte>();
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(template.Layout);
        Write(template, buffersOnly: false, own);
        ReadOnlySpan<byte> rest = own.WrittenSpan;
        foreach (TensorSpec tensor in template.Layout.Tensors)
        {
            int length = ToArrayLength(tensor.ElementCount * SizeOf(tensor.ElementType));
            bool isWritten = IsWritten(tensor, buffersOnly);
            if (isWritten && source.Length < length)
            {
                return null;
            }

            if (!TrySet(builder, tensor, isWritten ? source[..length] : rest[..length]))
            {
                return null;
            }

            rest = rest[length..];
            source = isWritten ? source[length..] : source;
        }

        return source.IsEmpty ? builder.Build() : null;
    }

    private static bool IsWritten(TensorSpec tensor, bool buffersOnly) => !buffersOnly || !tensor.IsAggregated;

    /// <summary>Returns the number of bytes of an element.</summary>
    public static int SizeOf(ElementType type) => type switch
    {
        ElementType.Float64 or ElementType.Int64 => sizeof(double),
        ElementType.Float32 or ElementType.Int32 => sizeof(float),
        ElementType.Float16 or ElementType.BFloat16 => sizeof(ushort),
        _ => sizeof(byte),
    };

    private static bool TrySet(ModelParametersBuilder builder, TensorSpec tensor, ReadOnlySpan<byte> bytes)
    {
        string name = tensor.Name;
        switch (tensor.ElementType)
        {
            case ElementType.Float32:
                builder.Set<float>(name, Read(bytes, sizeof(float), BinaryPrimitives.ReadSingleLittleEndian));
                return true;
            case ElementType.Float64:
                builder.Set<double>(name, Read(bytes, sizeof(double), BinaryPrimitives.ReadDoubleLittleEndian));
                return true;
            case ElementType.Float16:
                builder.Set<Half>(name, Read(bytes, sizeof(ushort), BinaryPrimitives.ReadHalfLittleEndian));
                return true;
            case ElementType.BFloat16:
                builder.SetBFloat16Bits(name, Read(bytes, sizeof(ushort), BinaryPrimitives.ReadUInt16LittleEndian));
                return true;
            case ElementType.Int64:
                builder.Set<long>(name, Read(bytes, sizeof(long), BinaryPrimitives.ReadInt64LittleEndian));
                return true;
            case ElementType.Int32:
                builder.Set<int>(name, Read(bytes, sizeof(int), BinaryPrimitives.ReadInt32LittleEndian));
                return true;
            case ElementType.UInt8:
                builder.Set(name, bytes);
                return true;
            default:
                builder.Set<bool>(name, Read(bytes, sizeof(byte), static source => source[0] != 0));
                return !bytes.ContainsAnyExceptInRange((byte)0, (byte)1);
        }
    }

    private static void Write<T>(ReadOnlySpan<T> values, int size, ElementWriter<T> write, IBufferWriter<byte> destination)
    {
        Span<byte> bytes = destination.GetSpan(values.Length * size);
        for (int i = 0; i < values.Length; i++)
        {
            write(bytes[(i * size)..], values[i]);
        }

        destination.Advance(values.Length * size);
    }

    private static T[] Read<T>(ReadOnlySpan<byte> source, int size, ElementReader<T> read)
    {
        var values = new T[source.Length / size];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = read(source[(i * size)..]);
        }

        return values;
    }
}
