using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Parameters;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.TestKit.Schemes;

namespace FedHe.MLBridge.Tests.Support;

/// <summary>Models of a few segments, and a scheme whose segments are short.</summary>
internal static class SegmentModels
{
    /// <summary>Segments of 65,536 values.</summary>
    public static SchemeCase Smallest { get; } = Case(SchemeRegistry.CkksSmallest, VectorForm.Seeded);

    public static SchemeCase Case(SchemeUnderTest scheme, VectorForm form) => new(scheme.Name, scheme.Scheme, scheme.Parameters, form);

    public static int SegmentLength(HeParameters parameters) => SegmentPlan.CiphertextsPerSegment * parameters.ValuesPerCiphertext;

    /// <summary>A flat vector of some length in tensors of several types, whose ends fall on no boundary of a segment.</summary>
    public static ModelLayout Layout(int length)
    {
        int half = Math.Max(1, length / 2);
        int small = length - half >= 2 ? 1 : 0;
        return new ModelLayout(
            new[]
            {
                new TensorSpec("first", ElementType.Float32, [half], 2),
                new TensorSpec("counter", ElementType.Int64, []),
                new TensorSpec("small", ElementType.BFloat16, [small == 0 ? 1 : small], 0.5),
                new TensorSpec("last", ElementType.Float64, [Math.Max(1, length - half - small)], 1),
            }.Where(tensor => tensor.ElementType switch
            {
                ElementType.BFloat16 => small > 0,
                ElementType.Float64 => length > half,
                _ => true,
            }));
    }

    public static AggregationTerms Terms(int length, Weighting weighting, EncryptionMask? mask = null, long maxWeight = 10)
    {
        ModelLayout layout = Layout(length);
        return new AggregationTerms(layout, mask ?? EncryptionMask.All(layout), weighting, maxWeight);
    }

    /// <summary>Runs of all lengths, short ones close together and long ones across segments.</summary>
    public static EncryptionMask RaggedMask(ModelLayout layout, int seed)
    {
        var random = new Random(seed);
        var ranges = new List<MaskRange>();
        int position = random.Next(3);
        while (position < layout.ParameterCount)
        {
            int length = random.Next(4) == 0 ? random.Next(1, 20_000) : random.Next(1, 9);
            length = Math.Min(length, layout.ToArrayLength() - position);
            ranges.Add(new MaskRange(position, length));
            position += length + (random.Next(5) == 0 ? random.Next(1, 30_000) : random.Next(1, 40));
        }

        return new EncryptionMask(layout, ranges);
    }

    /// <summary>Offset and length of every segment, frames included, from the bytes of an update or an aggregate.</summary>
    public static List<(int Start, int Length)> SegmentsOf(byte[] bytes, long segmentsLength)
    {
        var segments = new List<(int, int)>();
        int offset = bytes.Length - (int)segmentsLength;
        while (offset < bytes.Length)
        {
            int length = sizeof(int) + 48 + (int)BitConverter.ToInt64(bytes, offset + sizeof(int) + 40);
            segments.Add((offset, length));
            offset += length;
        }

        return segments;
    }
}
