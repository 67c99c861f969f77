using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.ModelFiles;

/// <summary>The head of a model's file says of which layout the model is, and how many values and bytes follow.</summary>
internal static class ModelFileHead
{
    /// <summary>The number of bytes of the head.</summary>
    public const int Length = 8 + Digest.SizeInBytes + (2 * sizeof(long));

    private static ReadOnlySpan<byte> Magic => "FdHeMdl1"u8;

    /// <summary>Computes the number of bytes of the values of a model, without buffers and local tensors.</summary>
    public static long ValuesLengthOf(ModelLayout layout)
        => layout.Tensors.Where(tensor => tensor.IsAggregated).Sum(tensor => tensor.ElementCount * ModelElements.SizeOf(tensor.ElementType));

    public static ReadOnlySpan<byte> ToBytes(ModelLayout layout)
    {
        var bytes = new ArrayBufferWriter<byte>(Length);
        var writer = new WireWriter(bytes);
        writer.WriteBytes(Magic);
        writer.WriteDigest(layout.Digest);
        writer.WriteInt64(layout.ParameterCount);
        writer.WriteInt64(ValuesLengthOf(layout));
        return bytes.WrittenSpan;
    }

    /// <summary>Returns why a file is not the file of a model of the layout, or <see cref="FormatError.None"/>.</summary>
    /// <param name="head">The first bytes of the file.</param>
    /// <param name="fileLength">The length of the file in bytes.</param>
    /// <param name="layout">The layout.</param>
    public static FormatError Check(ReadOnlySpan<byte> head, long fileLength, ModelLayout layout)
    {
        if (!head.StartsWith(Magic))
        {
            return FormatError.BadMagic;
        }

        if (!head.SequenceEqual(ToBytes(layout)))
        {
            return head.Length < Length ? FormatError.Truncated : FormatError.WrongParameters;
        }

        long expected = Length + ValuesLengthOf(layout);
        return fileLength < expected ? FormatError.Truncated : fileLength > expected ? FormatError.TrailingBytes : FormatError.None;
    }
}
