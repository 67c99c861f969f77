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
        AssertHash(TestFederation.Bytes(runs.WriteTo), "93dd52d6ee70130025cce255612f7cbea2ad2a056b51fdc5a1c037dafd4ab8bf");
        AssertHash(TestFederation.Bytes(bitmap.WriteTo), "e1501feff9f50778edf712efa732e042be9f9ec2a82081de86016bbc99c07b97");
    }

    [Fact]
    public void Terms_Bytes_HaveTheirHash() => AssertHash(TestFederation.Bytes(Terms.WriteTo), "a23d9d246d2e901f3601ab288af84115ece7735788595fcc5a0cef51a73a46d4");

    [Fact]
    public void UpdateStateAndAggregate_Bytes_HaveTheirHashes()
    {
        using var federation = new TestFederation(SchemeCase.Plain, Terms);
        ModelParameters model = TestModels.Create(Layout, (_, i) => i / 16.0);
        byte[] update = federation.Upload(model, 17, 1);
        using UpdateAggregator aggregator = federation.CreateAggregator();
        federation.FoldIn(aggregator, update);
        AssertHash(update, "6ff9dac5b8197da8b3eb739620955981adf83e0ea2e59c06c8d9b05b105d8f58");
        AssertHash(TestFederation.Bytes(aggregator.SaveState), "fd658c4c750726424627b9a0bfda270eecf0408f8a4d8e8a943921a8bbb4fe68");
        AssertHash(TestFederation.Complete(aggregator), "cc2a3c8a2a2b4332d8996a68ecb17b2825835a27e8bded4021e7e46b1e6c1df9");
    }

    [Fact]
    public void UpdateStateAndAggregate_WhereClientsMultiply_HaveTheirHashes()
    {
        using var federation = new RoundKeyFederation(Terms, contributors: 3, referenceWeight: 34);
        ModelParameters model = TestModels.Create(Layout, (_, i) => i / 16.0);
        byte[] update = federation.Upload(model, 17, 1);
        using UpdateAggregator aggregator = federation.CreateAggregator();
        federation.FoldIn(aggregator, update);
        AssertHash(update, "9bc78d38c189a8381a5b21b3dc752486367dba5efa1a1f61a05a3097ae3d121b");
        AssertHash(TestFederation.Bytes(aggregator.SaveState), "01560e9082a06d26868c5759ea1e2573522e4461d0ff2233f2261bbeeade549f");
        AssertHash(TestFederation.Complete(aggregator), "4803c99ac95a8cdb11202c0628c8b0311223a4531e5eae269c4b9d28d7c11e14");
    }

    /// <summary>A sum in a file outlives the process, and perhaps the version, that began it.</summary>
    [Fact]
    public void FileOfASum_InSmallBatches_HasItsHash()
    {
        using var federation = new TestFederation(SchemeCase.Plain, Terms);
        byte[] update = federation.Upload(TestModels.Create(Layout, (_, i) => i / 16.0), 17, 1);
        var disk = new FaultyDisk();
        using var aggregator = new UpdateAggregator(RunningSum.Begin(federation.Context.Public, federation.Terms, null, disk, batchLength: 1));
        federation.FoldIn(aggregator, update);
        var file = new byte[disk.Length];
        disk.Read(0, file);
        Convert.ToHexStringLower(SHA256.HashData(file)).Should().StartWith("05debc7df40a895676bd");
    }

    private static void AssertHash(byte[] bytes, string expected)
        => Convert.ToHexStringLower(SHA256.HashData(bytes)).Should().Be(expected);
}
