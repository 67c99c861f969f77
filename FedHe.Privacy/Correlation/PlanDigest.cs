using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Serialization;

namespace FedHe.Privacy.Correlation;

/// <summary>The digest of a plan of correlated noise: plans with the same one draw and combine the same noise for the same promise.</summary>
internal static class PlanDigest
{
    public const int Length = SHA256.HashSizeInBytes;

    public static byte[] Of(CorrelatedNoisePlan plan)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        IntegerCorrelation correlation = plan.Correlation;
        writer.WriteBytes("FedHe correlated noise plan v1\0"u8);
        writer.WriteInt32(correlation.Schedule.Rounds);
        writer.WriteInt32(correlation.Schedule.Separation);
        writer.WriteInt32(correlation.Schedule.Participations);
        writer.WriteInt64(correlation.Denominator);
        writer.WriteInt32(correlation.Coefficients.Count);
        foreach (long coefficient in correlation.Coefficients)
        {
            writer.WriteInt64(coefficient);
        }

        writer.WriteDouble(plan.Fresh.Variance);
        writer.WriteDouble(plan.Dither.Variance);
        writer.WriteInt32(plan.Parties);
        writer.WriteInt32(plan.Colluders);
        writer.WriteDouble(plan.Sensitivity.One);
        writer.WriteDouble(plan.Sensitivity.Two);
        writer.WriteInt32(plan.Dimension);
        return SHA256.HashData(bytes.WrittenSpan);
    }
}
