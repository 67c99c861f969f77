using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Scale;

/// <summary>The parties are clients and server under one set of parameters, with hidden weights.</summary>
internal sealed class ScaleParties : IDisposable
{
    private readonly ScaleOptions _options;
    private readonly KeyPair _keys;

    public ScaleParties(ScaleOptions options)
    {
        _options = options;
        Context = new CkksScheme().CreateContext(
            CkksParameters.ForTotalWeight(options.Clients), new HeContextOptions { MaxDegreeOfParallelism = options.Threads });
        _keys = Context.GenerateKeyPair();
    }

    public HeContext Context { get; }

    public static UploadSlot SlotOf(int client) => new(new Guid("5f2e5a86-7b1f-4f0a-9a53-0d9f3f2f9a02"), round: 1, attempt: 1, new ClientId($"client-{client}"));

    /// <summary>Creates the terms for a model of a given length, in tensors of at most ten million values.</summary>
    public AggregationTerms TermsOf(int length)
    {
        const int TensorLength = 10_000_000;
        var layout = new ModelLayout(Enumerable.Range(0, (length + TensorLength - 1) / TensorLength).Select(i => new TensorSpec(
            $"layer{i}.weight", ElementType.Float32, [Math.Min(TensorLength, length - (i * TensorLength))], bound: 1)));
        TransferPrecision? precision = _options.Precision > 0 ? new TransferPrecision(_options.Precision, _options.Clients) : null;
        return new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Hidden, GeneratedValues.MaxWeight, precision);
    }

    public UpdateEncryptor EncryptorOf(AggregationTerms terms)
        => new(Context.CreateEncryptor(_keys.SecretKey), Context.Public, terms);

    public AggregateDecryptor DecryptorOf(AggregationTerms terms) => new(Context.CreateDecryptor(_keys.SecretKey), terms);

    public UpdateReader UpdateReaderOf(AggregationTerms terms) => new(Context.Public, terms);

    public AggregateReader AggregateReaderOf(AggregationTerms terms) => new(Context.Public, terms);

    /// <summary>Computes the bytes that the encrypted sum occupies.</summary>
    public long SumInBytes(AggregationTerms terms)
        => Context.Public.MemoryInBytes(terms.VectorLength, Context.Public.SumForm(VectorForm.Seeded, _options.Clients));

    public void Dispose()
    {
        _keys.Dispose();
        Context.Dispose();
    }
}
