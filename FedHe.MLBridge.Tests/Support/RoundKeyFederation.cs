using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Support;

/// <summary>All parties of one aggregation under round keys; the sum of the keys is computed in clear.</summary>
internal sealed class RoundKeyFederation : IDisposable
{
    private static readonly Digest Seed = Digest.Compute("round 3, attempt 1"u8);

    private readonly List<RoundKey> _keys = [];
    private readonly KeyAdditiveContext _context;
    private readonly long? _referenceWeight;

    public RoundKeyFederation(
        AggregationTerms terms, int contributors, int precision = 20, KeyAdditiveEncoding encoding = KeyAdditiveEncoding.FixedPoint, long? referenceWeight = null)
    {
        Terms = terms;
        _referenceWeight = referenceWeight;
        _context = new KeyAdditiveContext(
            KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(contributors, precision) { Encoding = encoding }));
    }

    public AggregationTerms Terms { get; }

    public KeyAdditiveContext Context => _context;

    public byte[] Upload(IFlatModel model, long weight, int client)
    {
        RoundKey key = _context.GenerateRoundKey(Seed);
        _keys.Add(key);
        var encryptor = new UpdateEncryptor(
            _context.CreateEncryptor(key), _context.Public, Terms, BoundPolicy.Refuse, _referenceWeight);
        return TestFederation.Bytes(bytes => encryptor.Write(model, weight, TestFederation.Slot(client), bytes));
    }

    public UpdateAggregator CreateAggregator() => new(_context.Public, Terms, _referenceWeight);

    public UpdateAggregator Restore(byte[] state) => UpdateAggregator.Restore(state, _context.Public, Terms, _referenceWeight);

    public void FoldIn(UpdateAggregator aggregator, byte[] upload)
    {
        using EncryptedModelUpdate update = new UpdateReader(_context.Public, Terms).Read(upload);
        aggregator.FoldIn(update);
    }

    public byte[] Aggregate(params IEnumerable<byte[]> uploads)
    {
        using UpdateAggregator aggregator = CreateAggregator();
        foreach (byte[] upload in uploads)
        {
            FoldIn(aggregator, upload);
        }

        return TestFederation.Complete(aggregator);
    }

    public AveragedModel Download(byte[] bytes, ModelParameters template)
    {
        using EncryptedAggregate aggregate = new AggregateReader(_context.Public, Terms).Read(bytes);
        using RoundKeySum sum = KeySum();
        return new AggregateDecryptor(_context.CreateDecryptor(sum), Terms).Decrypt(aggregate, template);
    }

    public RoundKeySum KeySum()
    {
        var total = new long[_context.Parameters.Degree];
        var coefficients = new long[total.Length];
        foreach (RoundKey key in _keys)
        {
            key.CopyCoefficientsTo(coefficients);
            for (int i = 0; i < total.Length; i++)
            {
                total[i] += coefficients[i];
            }
        }

        return _context.CreateKeySum(Seed, _keys.Count, total);
    }

    public void Dispose() => _keys.ForEach(key => key.Dispose());
}
