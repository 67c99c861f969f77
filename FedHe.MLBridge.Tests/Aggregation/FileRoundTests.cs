using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.SumFiles;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Aggregation;

/// <summary>A round of a few million values through files alone, as FedHe.Benchmarks runs it with billions: the models exist nowhere, and neither does the sum.</summary>
public sealed class FileRoundTests : IDisposable
{
    private static readonly long[] Weights = [3, 4];

    private readonly string _folder = Directory.CreateTempSubdirectory("fedhe-round").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Round_ThroughFiles_GivesEveryAverageWithinItsBoundAndTheBytesOfThePlan(bool someInClear)
    {
        var layout = new ModelLayout(
            new TensorSpec("embed", ElementType.BFloat16, [1_100_003], 1), new TensorSpec("body", ElementType.BFloat16, [2_000_001], 1), new TensorSpec("head", ElementType.Float32, [77], 1));
        var terms = new AggregationTerms(layout, someInClear ? EncryptionMask.Layers(layout, "embed", "head") : EncryptionMask.All(layout), Weighting.Clear, maxWeight: 10);
        using var federation = new TestFederation(SegmentModels.Smallest, terms);
        var place = new SumFile(Path.Combine(_folder, "sum"));
        for (int client = 0; client < Weights.Length; client++)
        {
            string path = Path.Combine(_folder, $"update-{client}");
            using (FileStream file = File.Create(path))
            {
                federation.Encryptor.Write(new HugeModel(layout, client * 17), Weights[client], TestFederation.Slot(client), file);
                file.Length.Should().Be(UpdateEncryptor.EncodedLength(
                    federation.Context.Public, terms, SegmentModels.Smallest.Form, TestFederation.Slot(client)));
            }

            // Every update finds the sum where the server before it left it.
            using (UpdateAggregator aggregator = client == 0
                ? new UpdateAggregator(federation.Context.Public, terms, place)
                : UpdateAggregator.Open(place, federation.Context.Public, terms))
            using (FileStream file = File.OpenRead(path))
            using (EncryptedModelUpdate update = federation.UpdateReader.Read(file))
            {
                aggregator.FoldIn(update);
            }

            File.Delete(path);
        }

        string aggregatePath = Path.Combine(_folder, "aggregate");
        using (UpdateAggregator aggregator = UpdateAggregator.Open(place with { IsKept = false }, federation.Context.Public, terms))
        using (EncryptedAggregate aggregate = aggregator.Complete())
        using (FileStream file = File.Create(aggregatePath))
        {
            aggregate.WriteTo(file);
            file.Length.Should().Be(aggregate.EncodedLength);
        }

        File.Exists(place.Path).Should().BeFalse();
        var check = new Check(layout);
        using (FileStream file = File.OpenRead(aggregatePath))
        using (EncryptedAggregate aggregate = federation.AggregateReader.Read(file))
        {
            AverageSummary summary = federation.Decryptor.Decrypt(aggregate, check);
            check.Count.Should().Be(layout.ParameterCount);
            check.Largest.Should().BeLessThanOrEqualTo(summary.ErrorBounds.Max() - FloatingFormat.RoundingError(ElementType.BFloat16, 1));
        }
    }

    private sealed class Check(ModelLayout layout) : IFlatModelWriter
    {
        public long Count { get; private set; }

        public double Largest { get; private set; }

        public void Write(long start, ReadOnlySpan<double> averages)
        {
            start.Should().Be(Count);
            (start + averages.Length).Should().BeLessThanOrEqualTo(layout.ParameterCount);
            for (int i = 0; i < averages.Length; i++)
            {
                double expected = ((Weights[0] * HugeModel.ValueAt(start + i)) + (Weights[1] * HugeModel.ValueAt(start + i + 17))) / (Weights[0] + Weights[1]);
                Largest = Math.Max(Largest, Math.Abs(averages[i] - expected));
            }

            Count += averages.Length;
        }
    }
}
