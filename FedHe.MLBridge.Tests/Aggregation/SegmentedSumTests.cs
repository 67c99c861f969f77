using FedHe.Crypto.Errors;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Aggregation;

public sealed class SegmentedSumTests : IDisposable
{
    private static readonly SchemeCase Scheme = SegmentModels.Smallest;
    private static readonly AggregationTerms Terms = CreateTerms();

    private readonly TestFederation _federation = new(Scheme, Terms);
    private readonly byte[][] _uploads;

    public SegmentedSumTests()
    {
        _uploads = [.. Enumerable.Range(0, 3).Select(client => _federation.StreamedUpload(TestModels.Random(Terms.Layout, client), 1 + client, client))];
    }

    public void Dispose() => _federation.Dispose();

    [Fact]
    public void Restore_FromAStreamAfterAnyUpdate_GivesTheSameBytesAsAnUninterruptedSum()
    {
        byte[] expected = _federation.Aggregate(_uploads);
        UpdateAggregator aggregator = _federation.CreateAggregator();
        foreach (byte[] upload in _uploads)
        {
            using var state = new MemoryStream();
            aggregator.SaveState(state);
            Assert.True(TestFederation.Bytes(aggregator.SaveState).AsSpan().SequenceEqual(state.ToArray()));
            aggregator.Dispose();
            state.Position = 0;
            aggregator = UpdateAggregator.Restore(state, _federation.Context.Public, Terms);
            _federation.FoldIn(aggregator, upload);
        }

        Assert.True(TestFederation.Complete(aggregator).AsSpan().SequenceEqual(expected));
        aggregator.Dispose();
    }

    [Fact]
    public void FoldIn_BeyondTheModulus_ChangesNoSegment()
    {
        using UpdateAggregator aggregator = _federation.CreateAggregator();
        _federation.FoldIn(aggregator, _federation.StreamedUpload(TestModels.Random(Terms.Layout, 9), Terms.MaxWeight, 9));
        byte[] before = TestFederation.Bytes(aggregator.SaveState);
        byte[] tooHeavy = _federation.StreamedUpload(TestModels.Random(Terms.Layout, 8), Terms.MaxWeight, 8);
        _federation.Invoking(f => f.FoldIn(aggregator, tooHeavy)).Should().Throw<HeCapacityException>();
        Assert.True(TestFederation.Bytes(aggregator.SaveState).AsSpan().SequenceEqual(before));
        _federation.FoldIn(aggregator, _uploads[0]);
        aggregator.Contributions.Should().Be(2);
    }

    [Fact]
    public void FoldIn_StreamThatChangedBeforeItsFirstSegment_ChangesNothing()
    {
        using UpdateAggregator aggregator = _federation.CreateAggregator();
        _federation.FoldIn(aggregator, _uploads[0]);
        byte[] before = TestFederation.Bytes(aggregator.SaveState);
        byte[] changing = [.. _uploads[1]];
        using EncryptedModelUpdate update = _federation.UpdateReader.Read(new MemoryStream(changing));
        changing.AsSpan(SegmentsOf(changing)[0].Start, 8).Fill(0x55);

        aggregator.Invoking(a => a.FoldIn(update)).Should().Throw<HeFormatException>();
        Assert.True(TestFederation.Bytes(aggregator.SaveState).AsSpan().SequenceEqual(before));
        _federation.FoldIn(aggregator, _uploads[1]);
        aggregator.Contributions.Should().Be(2);
    }

    [Theory]
    [InlineData("last segment")]
    [InlineData("clear part")]
    [InlineData("end of stream")]
    public void FoldIn_StreamThatChangedAfterItsFirstSegment_BreaksTheSumForGood(string what)
    {
        using UpdateAggregator aggregator = _federation.CreateAggregator();
        _federation.FoldIn(aggregator, _uploads[0]);
        byte[] state = TestFederation.Bytes(aggregator.SaveState);
        using var stream = new MemoryStream();
        stream.Write(_uploads[1]);
        stream.Position = 0;
        using EncryptedModelUpdate update = _federation.UpdateReader.Read(stream);
        List<(int Start, int Length)> segments = SegmentsOf(_uploads[1]);
        segments.Should().HaveCount(2);
        switch (what)
        {
            case "last segment":
                // Coefficients may change to other ones; what stands before them may not.
                stream.GetBuffer().AsSpan(segments[1].Start, 64).Fill(0xFF);
                break;
            case "clear part":
                stream.GetBuffer().AsSpan(segments[0].Start - 8, 4).Fill(0x7F);
                break;
            default:
                stream.SetLength(segments[1].Start + 10);
                break;
        }

        aggregator.Invoking(a => a.FoldIn(update)).Should().Throw<AggregationBrokenException>()
            .Which.InnerException.Should().Match(cause => cause is HeFormatException || cause is IOException);
        aggregator.Invoking(a => a.Complete()).Should().Throw<AggregationBrokenException>();
        aggregator.Invoking(a => a.SaveState(new MemoryStream())).Should().Throw<AggregationBrokenException>();
        _federation.Invoking(f => f.FoldIn(aggregator, _uploads[2])).Should().Throw<AggregationBrokenException>();

        using UpdateAggregator restored = UpdateAggregator.Restore(
            state, _federation.Context.Public, Terms);
        _federation.FoldIn(restored, _uploads[1]);
        _federation.FoldIn(restored, _uploads[2]);
        Assert.True(TestFederation.Complete(restored).AsSpan().SequenceEqual(_federation.Aggregate(_uploads)));
    }

    [Fact]
    public void FoldIn_UpdateThatWasDisposed_IsRefusedAndChangesNothing()
    {
        using UpdateAggregator aggregator = _federation.CreateAggregator();
        EncryptedModelUpdate read = _federation.UpdateReader.Read(_uploads[0]);
        EncryptedModelUpdate held = _federation.Encryptor.Encrypt(TestModels.Random(Terms.Layout, 1), 1, TestFederation.Slot(2));
        foreach (EncryptedModelUpdate update in (EncryptedModelUpdate[])[read, held])
        {
            update.Dispose();
            aggregator.Invoking(a => a.FoldIn(update)).Should().Throw<ObjectDisposedException>();
            update.Invoking(u => u.WriteTo(Stream.Null)).Should().Throw<ObjectDisposedException>();
        }

        aggregator.Contributions.Should().Be(0);
        _federation.FoldIn(aggregator, _uploads[0]);
    }

    [Fact]
    public void Sum_OfMoreClientsThanSeedsAreListed_IsTheSameInAnyOrder()
    {
        const int Clients = 66;
        ModelParameters model = TestModels.Random(Terms.Layout, 1);
        byte[][] uploads = [.. Enumerable.Range(0, Clients).Select(client => _federation.StreamedUpload(model, 1, client))];
        byte[] aggregate = _federation.Aggregate(uploads);
        Assert.True(_federation.Aggregate(uploads.Reverse()).AsSpan().SequenceEqual(aggregate));
        AveragedModel averaged = _federation.Download(aggregate, model);
        averaged.Contributions.Should().Be(Clients);
    }

    private static AggregationTerms CreateTerms()
    {
        ModelLayout layout = SegmentModels.Layout(SegmentModels.SegmentLength(Scheme.Parameters) + 100_000);
        var mask = new EncryptionMask(layout, [new MaskRange(0, 70_000), new MaskRange(70_010, 50_000)]);
        return new AggregationTerms(layout, mask, Weighting.Clear, maxWeight: 1200);
    }

    private List<(int Start, int Length)> SegmentsOf(byte[] upload)
    {
        using EncryptedModelUpdate update = _federation.UpdateReader.Read(upload);
        return SegmentModels.SegmentsOf(upload, update.Receipt.EncryptedLength);
    }
}
