using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Scale;

/// <summary>
/// The parties of round keys: every model is encrypted under a key of its own, and the sum of these keys opens the sum. How the keys are
/// protected and how clients verify the sum takes memory that does not grow with the model, and is left out.
/// </summary>
internal sealed class RoundKeyScaleParties : ScaleParties
{
    private readonly KeyAdditiveContext _context;
    private readonly long[] _sum;
    private readonly long[] _coefficients;
    private int _attempt;
    private int _contributors;
    private RoundKey? _key;
    private RoundKeySum? _keySum;

    public RoundKeyScaleParties(ScaleOptions options)
        : base(options)
    {
        double factors = Enumerable.Range(0, options.Clients).Sum(client => (double)GeneratedValues.WeightOf(client) / GeneratedValues.MaxWeight);
        KeyAdditiveParameters parameters = KeyAdditiveParameters.Plan(
            new KeyAdditiveRequirements(options.Clients, options.Precision) { LeastFactorSum = factors });
        _context = new KeyAdditiveContext(parameters, new HeContextOptions { MaxDegreeOfParallelism = options.Threads });
        _sum = new long[parameters.Degree];
        _coefficients = new long[parameters.Degree];
    }

    public override HePublicContext Public => _context.Public;

    protected override TransferPrecision? Precision => null;

    private Digest PublicSeed => Digest.Compute(BitConverter.GetBytes(_attempt));

    public override UpdateEncryptor CreateEncryptor(AggregationTerms terms)
    {
        _key?.Dispose();
        _key = _context.GenerateRoundKey(PublicSeed);
        _key.CopyCoefficientsTo(_coefficients);
        for (int i = 0; i < _sum.Length; i++)
        {
            _sum[i] += _coefficients[i];
        }

        _contributors++;
        return new UpdateEncryptor(_context.CreateEncryptor(_key), Public, terms);
    }

    public override AggregateDecryptor CreateDecryptor(AggregationTerms terms)
    {
        _keySum?.Dispose();
        _keySum = _context.CreateKeySum(PublicSeed, _contributors, _sum);
        Array.Clear(_sum);
        _contributors = 0;
        _attempt++;
        return new AggregateDecryptor(_context.CreateDecryptor(_keySum), terms);
    }

    public override long SumInBytes(AggregationTerms terms) => SegmentPlan.Of(terms.VectorLength, Public.Parameters).MemoryInBytes(Public, VectorForm.Full);

    public override void Dispose()
    {
        _key?.Dispose();
        _keySum?.Dispose();
    }
}
