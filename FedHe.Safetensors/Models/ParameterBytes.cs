using FedHe.MLBridge.Layout;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Kernels;

namespace FedHe.Safetensors.Models;

/// <summary>The tensors of a model in memory as the bytes of a file, and back, bit for bit.</summary>
internal static class ParameterBytes
{
    public delegate void Receiver(ReadOnlySpan<byte> bytes);

    /// <summary>Sets a tensor from its bytes in a checkpoint.</summary>
    public static void Read(SafetensorsCheckpoint checkpoint, TensorSpec spec, ModelParametersBuilder builder)
        => Set(spec, bytes => checkpoint.Read(spec.Name, 0, bytes), builder);

    /// <summary>Sets a tensor from its bytes.</summary>
    public static void Set(TensorSpec spec, byte[] source, ModelParametersBuilder builder)
        => Set(spec, bytes => source.AsSpan(0, bytes.Length).CopyTo(bytes), builder);

    /// <summary>Hands the bytes of a tensor to a receiver.</summary>
    public static void Write(ModelParameters model, TensorSpec spec, Receiver receive)
    {
        switch (spec.ElementType)
        {
            case ElementType.Float32:
                Write(model.Get<float>(spec.Name), receive);
                break;
            case ElementType.Float64:
                Write(model.Get<double>(spec.Name), receive);
                break;
            case ElementType.Float16:
                Write(model.Get<Half>(spec.Name), receive);
                break;
            case ElementType.BFloat16:
                Write(model.GetBFloat16Bits(spec.Name), receive);
                break;
            case ElementType.Int64:
                Write(model.Get<long>(spec.Name), receive);
                break;
            case ElementType.Int32:
                Write(model.Get<int>(spec.Name), receive);
                break;
            case ElementType.UInt8:
                Write(model.Get<byte>(spec.Name), receive);
                break;
            default:
                Write(model.Get<bool>(spec.Name), receive);
                break;
        }
    }

    private delegate void Filler(Span<byte> bytes);

    private static void Set(TensorSpec spec, Filler fill, ModelParametersBuilder builder)
    {
        _ = spec.ElementType switch
        {
            ElementType.Float32 => builder.Set<float>(spec.Name, Fill<float>(spec, fill)),
            ElementType.Float64 => builder.Set<double>(spec.Name, Fill<double>(spec, fill)),
            ElementType.Float16 => builder.Set<Half>(spec.Name, Fill<Half>(spec, fill)),
            ElementType.BFloat16 => builder.SetBFloat16Bits(spec.Name, Fill<ushort>(spec, fill)),
            ElementType.Int64 => builder.Set<long>(spec.Name, Fill<long>(spec, fill)),
            ElementType.Int32 => builder.Set<int>(spec.Name, Fill<int>(spec, fill)),
            ElementType.UInt8 => builder.Set<byte>(spec.Name, Fill<byte>(spec, fill)),
            _ => builder.Set<bool>(spec.Name, [.. Fill<byte>(spec, fill).Select(one => one != 0)]),
        };
    }

    private static T[] Fill<T>(TensorSpec spec, Filler fill)
        where T : unmanaged
    {
        var values = new T[spec.ToArrayLength()];
        fill(LittleEndian.MemoryOf(values.AsSpan()));
        LittleEndian.Reorder(values.AsSpan());
        return values;
    }

    private static void Write<T>(ReadOnlySpan<T> values, Receiver receive)
        where T : unmanaged
    {
        const int Chunk = 8192;
        Span<T> part = new T[Math.Min(Chunk, values.Length)];
        while (!values.IsEmpty)
        {
            int count = Math.Min(Chunk, values.Length);
            values[..count].CopyTo(part);
            LittleEndian.Reorder(part[..count]);
            receive(LittleEndian.MemoryOf(part[..count]));
            values = values[count..];
        }
    }
}
