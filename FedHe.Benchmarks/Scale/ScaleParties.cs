using FedHe.Benchmarks.Rounds;
using FedHe.Crypto;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Scale;

/// <summary>The parties are clients and server under one set of parameters, with hidden weights.</summary>
internal abstract class ScaleParties(ScaleOptions options) : IDisposable
{
    protected ScaleOptions Options => options;

    /// <summary>The public context of the parameters that models are encrypted under.</summary>
    public abstract HePublicContext Public { get; }

    public static ScaleParties Create(ScaleOptions options)
        => options.Mode == RoundMode.Direct ? new DirectScaleParties(options) : new RoundKeyScaleParties(options);

    public static UploadSlot SlotOf(int client) => new(new Guid("5f2e5a86-7b1f-4f0a-9a53-0d9f3f2f9a02"), round: 1, attempt: 1, new ClientId($"client-{client}"));

    /// <summary>Creates the terms for a model of a given length, in tensors of at most ten million values.</summary>
    /// <param name="length">The number of values.</param>
    /// <param name="type">The type of the values.</param>
    public AggregationTerms TermsOf(long length, ElementType type = ElementType.Float32)
    {
        ModelLayout layout = LayoutOf(length, type);
        return new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Hidden, GeneratedValues.MaxWeight, Precision);
    }

    /// <summary>Creates the layout of a model of a given length.</summary>
    public static ModelLayout LayoutOf(long length, ElementType type)
    {
        const int TensorLength = 10_000_000;
        return new ModelLayout(Enumerable.Range(0, (int)((length + TensorLength - 1) / TensorLength)).Select(i => new TensorSpec(
            $"layer{i}.weight", type, [(int)Math.Min(TensorLength, length - ((long)i * TensorLength))], bound: 1)));
    }

    /// <summary>Creates the encryptor of the next client, which encrypts one model.</summary>
    public abstract UpdateEncryptor CreateEncryptor(AggregationTerms terms);

    /// <summary>Creates the decryptor of the sum of all models that were encrypted since the last one.</summary>
    public abstract AggregateDecryptor CreateDecryptor(AggregationTerms terms);

    public UpdateReader UpdateReaderOf(AggregationTerms terms) => new(Public, terms);

    public AggregateReader AggregateReaderOf(AggregationTerms terms) => new(Public, terms);

    /// <summary>Computes the bytes that the encrypted sum occupies.</summary>
    public abstract long SumInBytes(AggregationTerms terms);

    public abstract void Dispose();

    /// <summary>What the terms leave out of transfers; null where the parameters see to it.</summary>
    protected abstract TransferPrecision? Precision { get; }
}
