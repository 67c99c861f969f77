using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Updates;

/// <summary>Values, plans and receipts of models whose positions have more than 31 bits.</summary>
public sealed class SelectedValuesTests
{
    private static readonly ModelLayout Layout = TestModels.Billions;

    [Fact]
    public void Read_BehindTwoBillionValues_GivesTheValuesOfTheirPositions()
    {
        var mask = EncryptionMask.Layers(Layout, "body");
        var encrypted = new double[5000];
        var clear = new double[10];
        using var ofBody = new SelectedValues(new HugeModel(Layout), new TensorFlattener(Layout), mask, isEncrypted: true);
        using var ofOthers = new SelectedValues(new HugeModel(Layout), new TensorFlattener(Layout), mask, isEncrypted: false);

        ofBody.Skip(3_999_990_000);
        ofBody.Read(encrypted);
        ofOthers.Skip(2_999_999_995);
        ofOthers.Read(clear.AsSpan(0, 8));

        encrypted.Should().Equal(Enumerable.Range(0, encrypted.Length).Select(i => HugeModel.ValueAt(6_999_990_000 + i)));
        clear[..5].Should().Equal(Enumerable.Range(0, 5).Select(i => HugeModel.ValueAt(2_999_999_995 + i)));
        clear[5..8].Should().Equal(Enumerable.Range(0, 3).Select(i => HugeModel.ValueAt(7_000_000_000 + i)));
    }

    [Fact]
    public void Plan_OfBillionsOfValues_HasTheBytesOfItsSegments()
    {
        var terms = new AggregationTerms(Layout, Weighting.Clear, maxWeight: 10);
        var context = new KeyAdditiveContext(KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(2, 16)));
        var plan = AggregationPlan.Create(context.Public, terms, clients: 2, totalWeight: 2, VectorForm.Seeded);
        var segments = SegmentPlan.Of(terms.VectorLength, context.Public.Parameters);
        long ofSegments = Enumerable.Range(0, segments.Count).Sum(i => 4 + segments.EncodedLengthOf(i, context.Public, VectorForm.Seeded, null));

        Enumerable.Range(0, segments.Count).Sum(i => (long)segments.LengthOf(i)).Should().Be(7_000_000_003);
        segments.StartOf(segments.Count - 1).Should().BeGreaterThan(int.MaxValue);
        plan.UploadBytes.Should().BeInRange(ofSegments, ofSegments + 1024);
        plan.PlaintextBytes.Should().Be(28_000_000_012);
        plan.CiphertextCount.Should().Be((7_000_000_003 + context.Public.Parameters.ValuesPerCiphertext - 1) / context.Public.Parameters.ValuesPerCiphertext);
        plan.UploadBitsPerValue.Should().BeLessThan(24);
    }

    [Fact]
    public void Receipt_OfBillionsOfValues_CountsAll()
    {
        var terms = new AggregationTerms(Layout, EncryptionMask.Layers(Layout, "embed"), Weighting.Clear, maxWeight: 10);
        var context = new KeyAdditiveContext(KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(2, 16)));
        EncryptionReceipt receipt = EncryptionReceipt.For(terms, context.Public.Parameters, default, encryptedLength: 1);

        (receipt.EncryptedCount, receipt.ClearCount).Should().Be((3_000_000_000, 4_000_000_003));
        receipt.ToString().Should().StartWith("3000000000 of 7000000003 values encrypted (42.9");
    }
}
