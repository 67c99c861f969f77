using System.Security.Cryptography;

namespace FedHe.MLBridge.Tests.Updates;

/// <summary>Pins every byte of the wire format, version 1: a change needs a new version. Nothing is encrypted here, so bytes repeat.</summary>
public sealed class GoldenBytesTests
{
    private static readonly ModelLayout Layout = TestModels.SmallLayout;
    private static readonly AggregationTerms Terms = new(Layout, EncryptionMask.InsecureNone(Layout), Weighting.Clear, 1000);

    [Fact]
    public void Layout_Bytes_HaveTheirHash() => AssertHash(TestFederation.Bytes(Layout.WriteTo), "2b29113b2b9320518766cb2ab8e591347902e01c181fa04855e4f70627e40df2");

    [Fact]
    public void Mask_InBothForms_HasItsHash()
    {
        EncryptionMask runs = EncryptionMask.Layers(TestModels.Perceptron, "fc2");
        var bitmap = new EncryptionMask(Layout, [new MaskRange(1, 1), new MaskRange(5, 2), new MaskRange(9, 1)]);
        AssertHash(TestFederation.Bytes(runs.WriteTo), "25b3f4345ca22be8ae6537efb6d36e97fe1fea243e7e8ba0f5f8086d6fbc3ef2");
        AssertHash(TestFederation.Bytes(bitmap.WriteTo), "3f9f0e1fcd63dceaafdce9a5893368c6b2c0d7545a2bcd6f9609b1de4e2c7029");
    }

    [Fact]
    public void Terms_Bytes_HaveTheirHash() => AssertHash(TestFederation.Bytes(Terms.WriteTo), "f210df3718a9cd2f8d3d489aa8d0be5c3dc5664a12d7f2783898b336e1cf44e3");

    [Fact]
    public void UpdateStateAndAggregate_Bytes_HaveTheirHashes()
    {
        using var federation = new TestFederation(SchemeCase.Plain, Terms);
        ModelParameters model = TestModels.Create(Layout, (_, i) => i / 16.0);
        byte[] update = federation.Upload(model, 17, 1);
        using UpdateAggregator aggregator = federation.CreateAggregator();
        federation.FoldIn(aggregator, update);
        AssertHash(update, "8c074702eb147130361b174277ca6137e3a6d1322186a55e474d879636bea80b");
        AssertHash(TestFederation.Bytes(aggregator.SaveState), "58b8bfcb180651ea0485caf8a45508369f1d44b276bd9b921d3fef855d8d879b");
        AssertHash(TestFederation.Complete(aggregator), "a42ee60ba6ffd71c1c331c7b4d8ace6369292a8c9298e29d67556949f0bf668a");
    }

    private static void AssertHash(byte[] bytes, string expected)
        => Convert.ToHexStringLower(SHA256.HashData(bytes)).Should().Be(expected);
}
