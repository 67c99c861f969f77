using System.Buffers;
using System.Security.Cryptography;
using FedHe.Privacy.Serialization;

namespace FedHe.Privacy.Correlation;

/// <summary>The digest of a plan of correlated noise: plans with the same one draw and combine the same noise for the same promise.</summary>
internal static class PlanDigest
{
    public const int Length = SHA256.HashSizeInBytes;

    public static byte[] Of(CorrelatedNoisePlan plan)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new FieldWriter(bytes);
        IntegerCorrelation correlation = plan.Correlation;
        writer.Bytes("FedHe correlated noise plan v1\0"u8);
        writer.Int32(correlation.Schedule.Rounds);
        writer.Int32(correlation.Schedule.Separation);
        writer.Int32(correlation.Schedule.Participations);
        writer.Int64(correlation.Denominator);
        writer.Int32(correlation.Coefficients.Count);
        foreach (long coefficient in correlation.Coefficients)
        {
            writer.Int64(coefficient);
        }

        writer.Double(plan.Fresh.Variance);
        writer.Double(plan.Dither.Variance);
        writer.Int32(plan.Parties);
        writer.Int32(plan.Colluders);
        writer.Double(plan.Sensitivity.One);
        writer.Double(plan.Sensitivity.Two);
        writer.Int32(plan.Dimension);
        return SHA256.HashData(bytes.WrittenSpan);
    }
}
