using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Optimizers;

namespace FedHe.Orchestration.Wire;

/// <summary>The optimizer format encodes a server optimizer, and the moments that it keeps.</summary>
internal static class OptimizerFormat
{
    public static void Write(ServerOptimizer optimizer, WireWriter writer)
    {
        writer.WriteByte((byte)optimizer.Kind);
        writer.WriteDouble(optimizer.LearningRate);
        writer.WriteDouble(optimizer.FirstDecay);
        writer.WriteDouble(optimizer.SecondDecay);
        writer.WriteDouble(optimizer.Adaptivity);
    }

    public static ServerOptimizer? Read(ref WireReader reader)
    {
        var kind = (ServerOptimizerKind)reader.ReadByte();
        double learningRate = reader.ReadDouble(0, double.MaxValue);
        double firstDecay = ReadCanonical(ref reader);
        double secondDecay = ReadCanonical(ref reader);
        double adaptivity = ReadCanonical(ref reader);
        bool isValid = ServerOptimizer.TryCreate(kind, learningRate, firstDecay, secondDecay, adaptivity, out ServerOptimizer? optimizer);
        reader.Require(isValid, FormatError.FieldOutOfRange);
        return reader.Failed ? null : optimizer;
    }

    /// <summary>Computes the number of bytes of the moments of a flat vector.</summary>
    public static int LengthOf(ServerOptimizer optimizer, int parameterCount) => ModelBytes.ToArrayLength((optimizer.IsAdaptive ? 2L : 1) * sizeof(float) * parameterCount);

    /// <summary>Writes moments in clear, into memory that the caller zeroes.</summary>
    public static void Write(OptimizerMoments moments, WireWriter writer)
    {
        Write(moments.First, writer);
        Write(moments.Second, writer);
    }

    /// <summary>Reads moments, or returns null when the bytes do not encode moments of the optimizer.</summary>
    public static OptimizerMoments? TryRead(ReadOnlySpan<byte> source, ServerOptimizer optimizer, int parameterCount)
    {
        if (source.Length != LengthOf(optimizer, parameterCount))
        {
            return null;
        }

        float[] first = Read(source[..(sizeof(float) * parameterCount)]);
        float[] second = Read(source[(sizeof(float) * parameterCount)..]);
        return OptimizerMoments.AreMoments(optimizer, first, second) ? OptimizerMoments.Of(optimizer, first, second) : null;
    }

    // Zero has one encoding.
    private static double ReadCanonical(ref WireReader reader)
    {
        double value = reader.ReadDouble(0, double.MaxValue);
        reader.Require(!double.IsNegative(value), FormatError.FieldOutOfRange);
        return value;
    }

    private static void Write(ReadOnlySpan<float> values, WireWriter writer)
    {
        foreach (float value in values)
        {
            writer.WriteInt32(BitConverter.SingleToInt32Bits(value));
        }
    }

    private static float[] Read(ReadOnlySpan<byte> source)
    {
        var values = new float[source.Length / sizeof(float)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(source[(i * sizeof(float))..]);
        }

        return values;
    }
}
