using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Layout;

namespace FedHe.Orchestration.Wire;

/// <summary>The control format encodes control terms, and the control variates that a client keeps.</summary>
internal static class ControlFormat
{
    public static void Write(ControlTerms terms, WireWriter writer)
    {
        writer.WriteDouble(terms.Bound);
        writer.WriteDouble(terms.GlobalStep);
    }

    public static ControlTerms? Read(ref WireReader reader)
    {
        double bound = reader.ReadDouble(0, double.MaxValue);
        double globalStep = reader.ReadDouble(0, double.MaxValue);
        bool isValid = ControlTerms.TryCreate(bound, globalStep, out ControlTerms? terms);
        reader.Require(isValid, FormatError.FieldOutOfRange);
        return reader.Failed ? null : terms;
    }

    /// <summary>Computes the number of bytes of what a client keeps.</summary>
    /// <param name="parameterCount">The length of the flat vector.</param>
    /// <param name="hasSent">Whether an upload may still be in a sum.</param>
    public static long LengthOf(long parameterCount, bool hasSent) => sizeof(double) + ((hasSent ? 3 : 2) * sizeof(float) * parameterCount);

    /// <summary>Computes the number of bytes that a client's protector encrypts at most: two models and three control variates.</summary>
    public static long LengthOfState(ModelLayout layout)
    {
        long model = layout.Tensors.Sum(tensor => (long)tensor.ElementCount * ModelBytes.SizeOf(tensor.ElementType));
        return (2 * model) + LengthOf(layout.ParameterCount, hasSent: true);
    }

    /// <summary>Writes what a client keeps in clear, into memory that the caller zeroes.</summary>
    public static void Write(SavedControls controls, WireWriter writer)
    {
        writer.WriteDouble(controls.TotalStep);
        Write(controls.Mean, writer);
        Write(controls.Own, writer);
        if (controls.Sent is not null)
        {
            Write(controls.Sent, writer);
        }
    }

    /// <summary>Reads what a client keeps, or returns null when the bytes encode no such thing.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="parameterCount">The length of the flat vector.</param>
    /// <param name="hasSent">Whether an upload may still be in a sum.</param>
    /// <param name="hasResult">Whether the client keeps the result of a training.</param>
    public static SavedControls? TryRead(ReadOnlySpan<byte> source, int parameterCount, bool hasSent, bool hasResult)
    {
        if (source.Length != LengthOf(parameterCount, hasSent))
        {
            return null;
        }

        double totalStep = BinaryPrimitives.ReadDoubleLittleEndian(source);
        source = source[sizeof(double)..];
        ControlVariate? mean = Take(ref source, parameterCount);
        ControlVariate? own = Take(ref source, parameterCount);
        ControlVariate? sent = hasSent ? Take(ref source, parameterCount) : null;
        bool isStep = hasResult ? totalStep > 0 && double.IsFinite(totalStep) : BitConverter.DoubleToInt64Bits(totalStep) == 0;
        return mean is null || own is null || (hasSent && sent is null) || !isStep ? null : new SavedControls(mean, own, sent, totalStep);
    }

    private static void Write(ControlVariate control, WireWriter writer)
    {
        foreach (float value in control.Values)
        {
            writer.WriteInt32(BitConverter.SingleToInt32Bits(value));
        }
    }

    private static ControlVariate? Take(ref ReadOnlySpan<byte> source, int count)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(source[(i * sizeof(float))..]);
        }

        source = source[(count * sizeof(float))..];
        return ControlVariate.TryCreate(values);
    }
}
