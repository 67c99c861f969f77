using FedHe.Crypto;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.PrivacyAudit.Runs;

/// <summary>The cost of one partly encrypted upload is measured on a real upload.</summary>
/// <param name="Ratio">The encrypted part of all parameters.</param>
/// <param name="Bytes">Bytes on the wire.</param>
/// <param name="ClearBytes">Bytes of the same values as 32-bit floats.</param>
/// <param name="Seconds">Time to check, split, encrypt and serialize, the least of a few runs.</param>
public sealed record UpdateCost(double Ratio, long Bytes, long ClearBytes, double Seconds)
{
    private const int Runs = 5;
    private const string TensorName = "model.weight";
    private static readonly UploadSlot Slot = new(Guid.Parse("a0d17000-0000-4000-8000-000000000001"), 1, 1, new ClientId("audit"));

    /// <summary>Measures the encryption of updates of random values in [-1, 1], as a host encrypts them.</summary>
    /// <param name="encryptor">Encrypts under the job's key.</param>
    /// <param name="context">The parameters of the encryptor.</param>
    /// <param name="weighting">Who learns weights; hidden ones need a ratio of 1.</param>
    /// <param name="precision">The precision that decides which bits may be left out, or null to keep all bits.</param>
    /// <param name="parameterCount">Values of the model, at least 1.</param>
    /// <param name="ratio">The selection ratio p, 0 to 1: ceiling(p n) values are encrypted.</param>
    /// <param name="time">Measures durations; null for the system's clock.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="PlanRefusedException">Weights are hidden and the ratio is below 1.</exception>
    /// <remarks>
    /// The mask scatters the encrypted parameters over the model, low bits are left out as the precision allows, and everything
    /// is checked and written to bytes.
    /// </remarks>
    public static UpdateCost Measure(
        IEncryptor encryptor,
        HePublicContext context,
        Weighting weighting,
        TransferPrecision? precision,
        int parameterCount,
        double ratio,
        TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfLessThan(parameterCount, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(ratio);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ratio, 1);
        var layout = new ModelLayout(new TensorSpec(TensorName, ElementType.Float32, [parameterCount], bound: 1));
        EncryptionMask mask = MaskOf(layout, ratio);
        var terms = new AggregationTerms(layout, mask, weighting, maxWeight: 1, precision);
        var updates = new UpdateEncryptor(encryptor, context, terms);
        ModelParameters model = RandomModel(layout);
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        time ??= TimeProvider.System;
        double best = double.PositiveInfinity;
        for (int run = 0; run < Runs; run++)
        {
            buffer.ResetWrittenCount();
            long start = time.GetTimestamp();
            updates.Write(model, 1, Slot, buffer);
            best = Math.Min(best, time.GetElapsedTime(start).TotalSeconds);
        }

        return new UpdateCost(mask.Ratio, buffer.WrittenCount, sizeof(float) * (long)parameterCount, best);
    }

    private static EncryptionMask MaskOf(ModelLayout layout, double ratio) => ratio switch
    {
        0 => EncryptionMask.InsecureNone(layout),
        1 => EncryptionMask.All(layout),
        _ => MaskPolicy.Random(ratio, seed: 1).Select(layout),
    };

    private static ModelParameters RandomModel(ModelLayout layout)
    {
        var random = new Learning.Randomness.SeededRandom(1);
        float[] values = new float[layout.ToArrayLength()];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)random.NextUniform(-1, 1);
        }

        return ModelParameters.CreateBuilder(layout).Set<float>(TensorName, values).Build();
    }
}
