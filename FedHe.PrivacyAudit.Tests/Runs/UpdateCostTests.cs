using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Plain;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.PrivacyAudit.Runs;

namespace FedHe.PrivacyAudit.Tests.Runs;

public sealed class UpdateCostTests : IDisposable
{
    private const int Count = 5000;
    private const int Clients = 10;
    private static readonly TransferPrecision Precision = new(24, Clients);

    private readonly HeContext _plain = new InsecurePlainScheme().CreateContext(InsecurePlainParameters.Default);
    private readonly HeContext _ckks = new CkksScheme().CreateContext(CkksParameters.ForTotalWeight(Clients));
    private readonly KeyPair _plainKeys;
    private readonly KeyPair _ckksKeys;

    public UpdateCostTests()
    {
        _plainKeys = _plain.GenerateKeyPair();
        _ckksKeys = _ckks.GenerateKeyPair();
    }

    public void Dispose()
    {
        _plainKeys.Dispose();
        _ckksKeys.Dispose();
        _plain.Dispose();
        _ckks.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(1)]
    public void Cost_OfARatio_IsThatOfARealUpload(double ratio)
    {
        UpdateCost cost = UpdateCost.Measure(
            _plain.CreateEncryptor(_plainKeys.SecretKey), _plain.Public, Weighting.Clear, precision: null, Count, ratio);

        cost.Ratio.Should().Be(ratio);
        cost.ClearBytes.Should().Be(4 * Count);
        cost.Bytes.Should().BeGreaterThan((long)(4 * (1 - ratio) * Count));
        cost.Seconds.Should().BeGreaterThan(0);
    }

    [Fact]
    public void Cost_WithPrecision_IsWhatAHostSends()
    {
        IEncryptor encryptor = _ckks.CreateEncryptor(_ckksKeys.SecretKey);
        var layout = new ModelLayout(new TensorSpec("any.weight", ElementType.Float32, [Count], bound: 1));
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Hidden, maxWeight: 100, Precision);
        var sent = new ArrayBufferWriter<byte>();
        new UpdateEncryptor(encryptor, _ckks.Public, terms).Write(
            ModelParameters.CreateBuilder(layout).Set<float>("any.weight", new float[Count]).Build(),
            weight: 7,
            new UploadSlot(Guid.NewGuid(), 1, 1, new ClientId("audit")),
            sent);

        UpdateCost.Measure(encryptor, _ckks.Public, Weighting.Hidden, Precision, Count, ratio: 1).Bytes
            .Should().Be(sent.WrittenCount)
            .And.BeLessThan(UpdateCost.Measure(encryptor, _ckks.Public, Weighting.Hidden, precision: null, Count, ratio: 1).Bytes);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void Cost_OfNoRatio_IsRefused(double ratio)
        => FluentActions.Invoking(() => UpdateCost.Measure(
                _plain.CreateEncryptor(_plainKeys.SecretKey), _plain.Public, Weighting.Clear, precision: null, 10, ratio))
            .Should().Throw<ArgumentOutOfRangeException>();
}
