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
    public void Terms_Bytes_HaveTheirHash() => AssertHash(TestFederation.Bytes(Terms.WriteTo), "ec92948ba3f6177813e8d1bbae7303e7dce876a732fb710f2afa873a2afbb18b");

    [Fact]
    public void UpdateStateAndAggregate_Bytes_HaveTheirHashes()
    {
        using var federation = new TestFederation(SchemeCase.Plain, Terms);
        ModelParameters model = TestModels.Create(Layout, (_, i) => i / 16.0);
        byte[] update = federation.Upload(model, 17, 1);
        using UpdateAggregator aggregator = federation.CreateAggregator();
        federation.FoldIn(aggregator, update);
        AssertHash(update, "04b9c4655170ed4dfda9e44ee7a4dc9469694d4c0cba7a23acd6be4351472da3");
        AssertHash(TestFederation.Bytes(aggregator.SaveState), "6683d98b85ebeb90d24f9c9ef7c0ffef9876700b71ca5447882d43c506e09668");
        AssertHash(TestFederation.Complete(aggregator), "71a112ef393ad2988c2e9223f4c2922a8c8088e66590cdc0821c0092341fcf63");
    }

    private static void AssertHash(byte[] bytes, string expected)
        => Convert.ToHexStringLower(SHA256.HashData(bytes)).Should().Be(expected);
}
