using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Squeezing;

namespace FedHe.Orchestration.Wire;

/// <summary>The squeeze format encodes sparsification terms, and what a client keeps of both passes.</summary>
internal static class SqueezeFormat
{
    public static void Write(SparsificationTerms terms, WireWriter writer)
    {
        writer.WriteInt32(terms.Count);
        writer.WriteInt32(terms.RotatingCount);
        writer.WriteInt32(terms.WarmUpRounds);
    }

    public static SparsificationTerms? Read(ref WireReader reader)
    {
        int count = reader.ReadInt32(1, int.MaxValue);
        int rotatingCount = reader.ReadInt32(1, int.MaxValue);
        int warmUpRounds = reader.ReadInt32(0, int.MaxValue);
        bool isValid = SparsificationTerms.TryCreate(count, rotatingCount, warmUpRounds, out SparsificationTerms? terms);
        reader.Require(isValid, FormatError.FieldOutOfRange);
        return reader.Failed ? null : terms;
    }

    /// <summary>Computes the number of bytes of a pass and a residual.</summary>
    public static int LengthOf(int parameterCount) => ModelBytes.ToArrayLength(sizeof(int) + (3L * sizeof(float) * parameterCount));

    /// <summary>Computes the number of bytes that a client's protector encrypts at most: two models, a pass and a residual.</summary>
    public static long LengthOfState(ModelLayout layout)
    {
        long model = layout.Tensors.Sum(tensor => tensor.ElementCount * ModelBytes.SizeOf(tensor.ElementType));
        return (2 * model) + sizeof(int) + (3L * sizeof(float) * layout.ParameterCount);
    }

    /// <summary>Writes a pass and a residual in clear, into memory that the caller zeroes.</summary>
    public static void Write(SqueezePass pass, SqueezeResidual residual, WireWriter writer)
    {
        writer.WriteInt32(pass.SumCount);
        Write(pass.Rates, writer);
        foreach (int sum in pass.Latest)
        {
            writer.WriteInt32(sum);
        }

        Write(residual.Values, writer);
    }

    /// <summary>Reads a pass and a residual, or returns null when the bytes encode none.</summary>
    public static (SqueezePass Pass, SqueezeResidual Residual)? TryRead(ReadOnlySpan<byte> source, SparsificationTerms terms, ModelLayout layout, Digest seed)
    {
        int count = layout.ToArrayLength();
        if (source.Length != LengthOf(count))
        {
            return null;
        }

        int sums = BinaryPrimitives.ReadInt32LittleEndian(source);
        source = source[sizeof(int)..];
        var latest = new int[count];
        for (int i = 0; i < count; i++)
        {
            latest[i] = BinaryPrimitives.ReadInt32LittleEndian(source[((count + i) * sizeof(int))..]);
        }

        SqueezePass? pass = SqueezePass.TryCreate(terms, layout, seed, sums, Read(source, count), latest);
        SqueezeResidual? residual = SqueezeResidual.TryCreate(Read(source[(2 * count * sizeof(int))..], count));
        return pass is null || residual is null ? null : (pass, residual);
    }

    private static void Write(ReadOnlySpan<float> values, WireWriter writer)
    {
        foreach (float value in values)
        {
            writer.WriteInt32(BitConverter.SingleToInt32Bits(value));
        }
    }

    private static float[] Read(ReadOnlySpan<byte> source, int count)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(source[(i * sizeof(float))..]);
        }

        return values;
    }
}
