using System.Security.Cryptography;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

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
        AssertHash(TestFederation.Bytes(runs.WriteTo), "dd05f7611490d1462eacc3f800ca1120e025187cab834146c45b80ea8426b66c");
        AssertHash(TestFederation.Bytes(bitmap.WriteTo), "3f9f0e1fcd63dceaafdce9a5893368c6b2c0d7545a2bcd6f9609b1de4e2c7029");
    }

    [Fact]
    public void Terms_Bytes_HaveTheirHash() => AssertHash(TestFederation.Bytes(Terms.WriteTo), "f637c81353c48429c77e615db7381cf0dfad9a469192f325a1586358400fd9ce");

    [Fact]
    public void UpdateStateAndAggregate_Bytes_HaveTheirHashes()
    {
        using var federation = new TestFederation(SchemeCase.Plain, Terms);
        ModelParameters model = TestModels.Create(Layout, (_, i) => i / 16.0);
        byte[] update = federation.Upload(model, 17, 1);
        using UpdateAggregator aggregator = federation.CreateAggregator();
        federation.FoldIn(aggregator, update);
        AssertHash(update, "6d9dc247e3b90b532be2fb499b97ac00a953cdcb6865bab77db5bc4d596e9d92");
        AssertHash(TestFederation.Bytes(aggregator.SaveState), "86c7aa26c770363d8b4e87a37426d95dbd583cc7bca46a93d23c0fe37f287345");
        AssertHash(TestFederation.Complete(aggregator), "9c4dbd4b2f1518724e00fdca7ea891cca3b2a71e08119f7e5f8edd968ddceb02");
    }

    [Fact]
    public void UpdateStateAndAggregate_WhereClientsMultiply_HaveTheirHashes()
    {
        using var federation = new RoundKeyFederation(Terms, contributors: 3, referenceWeight: 34);
        ModelParameters model = TestModels.Create(Layout, (_, i) => i / 16.0);
        byte[] update = federation.Upload(model, 17, 1);
        using UpdateAggregator aggregator = federation.CreateAggregator();
        federation.FoldIn(aggregator, update);
        AssertHash(update, "df6af4e8af525d54bcdd3c204efc9945a6124ccf7d888d5ec97d902b9772ac2b");
        AssertHash(TestFederation.Bytes(aggregator.SaveState), "efe99e190547696d61ab37b3bd901b72273dab0f72bc02782c73523b2110bb05");
        AssertHash(TestFederation.Complete(aggregator), "22dfd589fd773f253718f20816bfaf432029248cfee15894bee1e35f8c91c353");
    }

    private static void AssertHash(byte[] bytes, string expected)
        => Convert.ToHexStringLower(SHA256.HashData(bytes)).Should().Be(expected);
}
