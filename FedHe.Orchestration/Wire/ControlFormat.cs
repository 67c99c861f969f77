using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Layout;

namespace FedHe.Orchestration.Wire;

/// <summary>The control format encodes control terms, and the control variates that a client keeps.</summary>
internal static class ControlFormat
{
    /// <summary>The most trainings whose uploads a client remembers, of which each takes 4 bytes a value of the model.</summary>
    public const int MostTrainings = 4;

    /// <summary>The most uploads that a client remembers.</summary>
    public const int MostUploads = 64;

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
    /// <param name="trainings">The number of trainings whose uploads may still be in a sum.</param>
    public static long LengthOf(long parameterCount, int trainings) => sizeof(double) + ((2 + trainings) * sizeof(float) * parameterCount);

    /// <summary>Computes the number of bytes that a client's protector encrypts at most: two models and the control variates.</summary>
    public static long LengthOfState(ModelLayout layout)
    {
        long model = layout.Tensors.Sum(tensor => (long)tensor.ElementCount * ModelBytes.SizeOf(tensor.ElementType));
        return (2 * model) + LengthOf(layout.ParameterCount, MostTrainings);
    }

    /// <summary>Writes which uploads may still be in a sum, without what follows from them.</summary>
    public static void WriteUploads(IReadOnlyList<SentSlot> uploads, WireWriter writer)
    {
        writer.WriteByte((byte)uploads.Count);
        foreach (SentSlot upload in uploads)
        {
            writer.WriteInt32(upload.Round);
            writer.WriteInt32(upload.Attempt);
            writer.WriteDigest(upload.Nonce);
            writer.WriteByte((byte)(upload.IsFirst ? 1 : 0));
        }
    }

    /// <summary>Reads which uploads may still be in a sum.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="rounds">The number of rounds of the job.</param>
    /// <param name="attempts">The largest number of attempts at a round.</param>
    public static SentSlot[] ReadUploads(ref WireReader reader, int rounds, int attempts)
    {
        int count = reader.ReadByte();
        reader.Require(count <= MostUploads, FormatError.FieldOutOfRange);
        var uploads = new List<SentSlot>();
        while (uploads.Count < count && !reader.Failed)
        {
            uploads.Add(new SentSlot(reader.ReadInt32(1, rounds), reader.ReadInt32(1, attempts), reader.ReadDigest(), reader.ReadFlag()));
        }

        reader.Require(count == 0 || reader.Failed || uploads[0].IsFirst, FormatError.Inconsistent);
        reader.Require(uploads.Count(upload => upload.IsFirst) <= MostTrainings, FormatError.FieldOutOfRange);
        return reader.Failed ? [] : [.. uploads];
    }

    /// <summary>Writes what a client keeps in clear, into memory that the caller zeroes.</summary>
    public static void Write(SavedControls controls, WireWriter writer)
    {
        writer.WriteDouble(controls.TotalStep);
        Write(controls.Mean, writer);
        Write(controls.Own, writer);
        foreach (ControlVariate sent in controls.Sent)
        {
            Write(sent, writer);
        }
    }

    /// <summary>Reads what a client keeps, or returns null when the bytes encode no such thing.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="parameterCount">The length of the flat vector.</param>
    /// <param name="trainings">The number of trainings whose uploads may still be in a sum.</param>
    /// <param name="hasResult">Whether the client keeps the result of a training.</param>
    public static SavedControls? TryRead(ReadOnlySpan<byte> source, int parameterCount, int trainings, bool hasResult)
    {
        if (source.Length != LengthOf(parameterCount, trainings))
        {
            return null;
        }

        double totalStep = BinaryPrimitives.ReadDoubleLittleEndian(source);
        source = source[sizeof(double)..];
        ControlVariate? mean = Take(ref source, parameterCount);
        ControlVariate? own = Take(ref source, parameterCount);
        var sent = new ControlVariate?[trainings];
        for (int i = 0; i < trainings; i++)
        {
            sent[i] = Take(ref source, parameterCount);
        }

        bool isStep = hasResult ? totalStep > 0 && double.IsFinite(totalStep) : BitConverter.DoubleToInt64Bits(totalStep) == 0;
        return mean is null || own is null || sent.Contains(null) || !isStep ? null : new SavedControls(mean, own, sent!, totalStep);
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
