using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Scale;

/// <summary>The parties of the direct mode, whose models are encrypted under one key.</summary>
internal sealed class DirectScaleParties : ScaleParties
{
    private readonly HeContext _context;
    private readonly KeyPair _keys;

    public DirectScaleParties(ScaleOptions options)
        : base(options)
    {
        _context = new CkksScheme().CreateContext(
            CkksParameters.ForTotalWeight(options.Clients), new HeContextOptions { MaxDegreeOfParallelism = options.Threads });
        _keys = _context.GenerateKeyPair();
    }

    public override HePublicContext Public => _context.Public;

    protected override TransferPrecision? Precision
        => Options.Precision > 0 ? new TransferPrecision(Options.Precision, Options.Clients) : null;

    public override UpdateEncryptor CreateEncryptor(AggregationTerms terms)
        => new(_context.CreateEncryptor(_keys.SecretKey), Public, terms);

    public override AggregateDecryptor CreateDecryptor(AggregationTerms terms) => new(_context.CreateDecryptor(_keys.SecretKey), terms);

    public override long SumInBytes(AggregationTerms terms)
        => SegmentPlan.Of(terms.VectorLength, Public.Parameters).MemoryInBytes(Public, Public.SumForm(VectorForm.Seeded, Options.Clients));

    public override void Dispose()
    {
        _keys.Dispose();
        _context.Dispose();
    }
}
