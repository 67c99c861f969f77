using FedHe.Crypto;
using FedHe.MLBridge;

namespace FedHe.PrivacyAudit;

/// <summary>What one upload costs when part of it is encrypted, measured on a real upload.</summary>
/// <param name="Ratio">The encrypted part of all parameters.</param>
/// <param name="Bytes">Bytes on the wire.</param>
/// <param name="ClearBytes">Bytes of the same values as 32-bit floats.</param>
/// <param name="Seconds">Time to encrypt and serialize, the least of a few runs.</param>
public sealed record UpdateCost(double Ratio, long Bytes, long ClearBytes, double Seconds)
{
    private const int Runs = 5;
    private static readonly UpdateBinding Binding = new(Guid.Parse("a0d17000-0000-4000-8000-000000000001"), 1, "audit");

    /// <summary>Encrypts updates of random values in [-1, 1].</summary>
    /// <param name="encryptor">Encrypts under the job's key.</param>
    /// <param name="parameterCount">Values of the model.</param>
    /// <param name="encryptedCount">How many of them are encrypted. Where they lie changes neither bytes nor work by
    /// much.</param>
    /// <param name="time">Measures durations; null for the system's clock.</param>
    /// <exception cref="ArgumentOutOfRangeException">The counts contradict each other.</exception>
    public static UpdateCost Measure(
        IEncryptor encryptor, int parameterCount, int encryptedCount, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        ArgumentOutOfRangeException.ThrowIfLessThan(parameterCount, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(encryptedCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(encryptedCount, parameterCount);
        (string Name, int Count)[] parts =
            [.. ((string, int)[])[("encrypted", encryptedCount), ("clear", parameterCount - encryptedCount)]];
        TensorSpec[] tensors = [.. parts.Where(part => part.Count > 0)
            .Select(part => new TensorSpec(part.Name, ElementType.Float32, [part.Count], bound: 1))];
        var layout = new ModelLayout(tensors);
        EncryptionMask mask = encryptedCount > 0 ? EncryptionMask.Layers(layout, "encrypted") : EncryptionMask.InsecureNone(layout);
        var updates = new UpdateEncryptor(encryptor, new AggregationTerms(layout, mask, Weighting.Clear, maxWeight: 1));
        ModelParameters model = RandomModel(layout, tensors);
        time ??= TimeProvider.System;
        double best = double.PositiveInfinity;
        long bytes = 0;
        for (int run = 0; run < Runs; run++)
        {
            long start = time.GetTimestamp();
            using EncryptedModelUpdate update = updates.Encrypt(model, 1, Binding);
            var buffer = new System.Buffers.ArrayBufferWriter<byte>(checked((int)update.EncodedLength));
            update.WriteTo(buffer);
            bytes = buffer.WrittenCount;
            best = Math.Min(best, time.GetElapsedTime(start).TotalSeconds);
        }

        return new UpdateCost((double)encryptedCount / parameterCount, bytes, sizeof(float) * (long)parameterCount, best);
    }

    private static ModelParameters RandomModel(ModelLayout layout, TensorSpec[] tensors)
    {
        var random = new Learning.Randomness.SeededRandom(1);
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(layout);
        foreach (TensorSpec tensor in tensors)
        {
            float[] values = new float[tensor.ElementCount];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)random.NextUniform(-1, 1);
            }

            builder.Set<float>(tensor.Name, values);
        }

        return builder.Build();
    }
}
