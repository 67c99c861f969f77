using FedHe.Crypto.Errors;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.ModelFiles;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.ModelFiles;

/// <summary>A sum of differences moves a model in a file as it moves one in memory.</summary>
public sealed class MovedModelFileTests
{
    [Fact]
    public void DecryptDifference_ToAFile_GivesTheModelInMemory()
    {
        ModelLayout layout = TestModels.SmallLayout;
        ModelParameters before = TestModels.Random(layout, seed: 1);
        using var federation = new TestFederation(SchemeCase.Plain, new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Clear, maxWeight: 10));
        byte[] bytes = federation.Aggregate(
            federation.StreamedUpload(new ModelDifference(Near(before, 2), before), weight: 3, client: 1),
            federation.StreamedUpload(new ModelDifference(Near(before, 3), before), weight: 7, client: 2));
        using EncryptedAggregate aggregate = federation.AggregateReader.Read(bytes);
        ModelParameters expected = federation.Decryptor.DecryptDifference(aggregate, before, before).Parameters;
        string path = Path.GetTempFileName();

        using (FileStream stream = File.Create(path))
        using (var writer = new ModelFileWriter(stream, layout))
        {
            federation.Decryptor.DecryptDifference(aggregate, before, writer).Contributions.Should().Be(2);
            writer.Complete();
        }

        using (var file = new ModelFile(path, layout))
        {
            ValuesOf(file).Should().Equal(ValuesOf(expected));
        }

        File.Delete(path);
        ModelParameters other = TestModels.Random(TestModels.Line(9), seed: 1);
        using var nowhere = new ModelFileWriter(Stream.Null, layout);
        FluentActions.Invoking(() => federation.Decryptor.DecryptDifference(aggregate, other, nowhere)).Should().Throw<HeMismatchException>();
    }

    private static ModelParameters Near(ModelParameters model, int seed)
    {
        double[] values = ValuesOf(model);
        var random = new Random(seed);
        var builder = new FlatModelBuilder(model);
        int start = 0;
        foreach (TensorSpec tensor in model.Layout.Tensors.Where(tensor => tensor.IsAggregated))
        {
            builder.Write(start, [.. values.Skip(start).Take((int)tensor.ElementCount).Select(value => 0.9 * value * random.NextDouble())]);
            start += (int)tensor.ElementCount;
        }

        return builder.Build();
    }

    private static double[] ValuesOf(IFlatModel model)
    {
        var values = new double[model.Layout.ToArrayLength()];
        model.CopyFlatTo(0, values);
        return values;
    }
}
