using FedHe.Crypto.Ciphertexts;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Updates;

public sealed class UpdateVisitorTests
{
    [Theory]
    [InlineData("all")]
    [InlineData("ragged")]
    [InlineData("none")]
    public void Visitor_SeesExactlyWhatAReaderFinds(string kind)
    {
        int length = (2 * SegmentModels.SegmentLength(SchemeCase.Plain.Parameters)) + 4099;
        ModelLayout layout = SegmentModels.Layout(length);
        EncryptionMask mask = kind switch
        {
            "all" => EncryptionMask.All(layout),
            "ragged" => SegmentModels.RaggedMask(layout, 5),
            _ => EncryptionMask.InsecureNone(layout),
        };
        using var federation = new TestFederation(SchemeCase.Plain, SegmentModels.Terms(length, Weighting.Clear, mask));
        ModelParameters model = TestModels.Random(layout, 1);
        var visitor = new RecordingVisitor();

        byte[] visited = TestFederation.Bytes(to => federation.Encryptor.Write(model, 3, TestFederation.Slot(1), to, visitor));

        visited.AsSpan().SequenceEqual(federation.Upload(model, 3, 1)).Should().BeTrue("a visitor changes nothing");
        using EncryptedModelUpdate update = federation.UpdateReader.Read(visited);
        var clear = new long[mask.ClearCount];
        update.CopyClearTo(0, clear);
        visitor.Clear.Should().Equal(clear);
        visitor.Segments.Should().HaveCount(update.SegmentCount);
        for (int i = 0; i < update.SegmentCount; i++)
        {
            update.UseSegment(i, vector => visitor.Segments[i].Should().Equal(TestFederation.Bytes(vector.WriteTo)));
        }
    }

    [Theory]
    [InlineData("ckks-aggregation-public")]
    [InlineData("ckks-aggregation-seeded")]
    [InlineData("ckks-exact-seeded")]
    public void EncodedLength_IsExact(string name)
    {
        SchemeCase scheme = SchemeCase.Named(name);
        ModelLayout layout = SegmentModels.Layout(70_000);
        foreach (EncryptionMask mask in new[] { EncryptionMask.All(layout), SegmentModels.RaggedMask(layout, 5), EncryptionMask.InsecureNone(layout) })
        {
            AggregationTerms terms = SegmentModels.Terms(70_000, Weighting.Clear, mask, maxWeight: 3);
            using var federation = new TestFederation(scheme, terms);
            byte[] upload = TestFederation.Bytes(
                to => federation.Encryptor.Write(TestModels.Random(layout, 1), 3, TestFederation.Slot(1), to));

            UpdateEncryptor.EncodedLength(federation.Context.Public, terms, scheme.Form, TestFederation.Slot(1)).Should().Be(upload.Length);
        }
    }

    private sealed class RecordingVisitor : IUpdateVisitor
    {
        public List<long> Clear { get; } = [];

        public List<byte[]> Segments { get; } = [];

        public void VisitClear(ReadOnlySpan<long> integers)
        {
            Segments.Should().BeEmpty("values in clear come first");
            Clear.AddRange(integers);
        }

        public void VisitSegment(int segment, EncryptedVector vector)
        {
            segment.Should().Be(Segments.Count);
            Segments.Add(TestFederation.Bytes(vector.WriteTo));
        }
    }
}
