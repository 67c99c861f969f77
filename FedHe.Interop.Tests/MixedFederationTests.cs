using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.Interop.Tests;

/// <summary>Two hospitals run FedHe, one runs SEAL; the server runs FedHe and holds no key.</summary>
[Collection(OneSeal.Name)]
public sealed class MixedFederationTests(SealPeer peer)
{
    private static readonly long[] Weights = [120, 45, 300];

    [SealTheory]
    [InlineData(Weighting.Clear, SealEncryption.Public)]
    [InlineData(Weighting.Clear, SealEncryption.Seeded)]
    [InlineData(Weighting.Hidden, SealEncryption.Public)]
    [InlineData(Weighting.Hidden, SealEncryption.Seeded)]
    public void Round_WithOneHospitalThatRunsSeal_GivesTheAverageOfAll(Weighting weighting, SealEncryption how)
    {
        using var setting = new InteropSetting(peer, new ParameterCase(4096, [50, 50], 32));
        ModelLayout layout = LayoutOf(5_000);
        CheckRound(setting, new AggregationTerms(layout, EncryptionMask.All(layout), weighting, maxWeight: 512), how);
    }

    [SealFact]
    public void Round_OfSeveralSegments_GivesTheAverageOfAll()
    {
        using var setting = new InteropSetting(peer, new ParameterCase(2048, [50], 30));
        ModelLayout layout = LayoutOf(70_000);
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Clear, maxWeight: 512);
        CheckRound(setting, terms, SealEncryption.Seeded);
    }

    [SealFact]
    public void Round_WithAMaskAndAPrecision_GivesTheAverageOfAll()
    {
        using var setting = new InteropSetting(peer, new ParameterCase(4096, [50, 50], 32));
        ModelLayout layout = LayoutOf(5_000);
        EncryptionMask mask = EncryptionMask.Layers(layout, "head");
        var precision = new TransferPrecision(bits: 16, contributors: 3);
        CheckRound(setting, new AggregationTerms(layout, mask, Weighting.Clear, maxWeight: 512, precision), SealEncryption.Public);
    }

    [SealFact]
    public void Update_OfAnEncryptorThatAsksSeal_IsReadAsAnyOther()
    {
        using var setting = new InteropSetting(peer, new ParameterCase(2048, [50], 30));
        ModelLayout layout = LayoutOf(70_000);
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Hidden, maxWeight: 512);
        IEncryptor encryptor = setting.Exchange.CreateEncryptor(
            setting.KeyId, values => peer.Encrypt(values, setting.Parameters.LogScale, SealEncryption.Seeded));
        using var bytes = new MemoryStream();
        new UpdateEncryptor(encryptor, setting.Context.Public, terms).Write(Model(layout, 1), 7, new UploadSlot(Guid.NewGuid(), 1, 1, new ClientId("hospital")), bytes);
        bytes.Position = 0;

        using EncryptedModelUpdate update =
            new UpdateReader(setting.Context.Public, terms).Read(bytes);

        update.SegmentCount.Should().Be(2);
        update.Receipt.KeyId.Should().Be(setting.KeyId);
    }

    private static ModelLayout LayoutOf(int count) => new(
        new TensorSpec("body.weight", ElementType.Float32, [count], bound: 2),
        new TensorSpec("head.weight", ElementType.Float32, [100, 3], bound: 0.5));

    private static ModelParameters Model(ModelLayout layout, int seed)
    {
        var random = new Random(seed);
        float[] Values(int count, double bound)
            => [.. Enumerable.Range(0, count).Select(_ => (float)(bound * ((1.98 * random.NextDouble()) - 0.99)))];
        return ModelParameters.CreateBuilder(layout)
            .Set<float>("body.weight", Values(layout.Tensors[0].ToArrayLength(), 2))
            .Set<float>("head.weight", Values(300, 0.5))
            .Build();
    }

    private static void CheckRound(InteropSetting setting, AggregationTerms terms, SealEncryption how)
    {
        ModelParameters[] models = [.. Enumerable.Range(0, 3).Select(client => Model(terms.Layout, client))];
        var job = Guid.NewGuid();
        UploadSlot Slot(int client) => new(job, round: 1, attempt: 1, new ClientId($"hospital-{client}"));
        var encryptor = new UpdateEncryptor(
            setting.Context.CreateEncryptor(setting.Keys.SecretKey), setting.Context.Public, terms);
        using var aggregator = new UpdateAggregator(setting.Context.Public, terms);
        var reader = new UpdateReader(setting.Context.Public, terms);
        for (int client = 0; client < 3; client++)
        {
            using EncryptedModelUpdate update = client == 1
                ? UpdateOfSeal(setting, terms, models[client], Weights[client], Slot(client), how)
                : encryptor.Encrypt(models[client], Weights[client], Slot(client));
            using EncryptedModelUpdate received = reader.Read(InteropSetting.Bytes(update.WriteTo));
            aggregator.FoldIn(received);
        }

        using EncryptedAggregate aggregate = aggregator.Complete();
        using EncryptedAggregate download =
            new AggregateReader(setting.Context.Public, terms).Read(InteropSetting.Bytes(aggregate.WriteTo));
        var decryptor = new AggregateDecryptor(setting.Context.CreateDecryptor(setting.Keys.SecretKey), terms);
        AveragedModel average = decryptor.Decrypt(download, models[0]);

        CheckAverage(average, models);
        CheckSealReadsTheSame(setting, terms, download, models);
    }

    /// <summary>What stands at the hospital between its program and the federation.</summary>
    private static EncryptedModelUpdate UpdateOfSeal(
        InteropSetting setting,
        AggregationTerms terms,
        ModelParameters model,
        long weight,
        UploadSlot slot,
        SealEncryption how)
    {
        var assembler = new UpdateAssembler(setting.Context.Public, terms);
        VectorBound bound = setting.Exchange.FreshBound(1);
        var vectors = new EncryptedVector[assembler.SegmentCount];
        for (int segment = 0; segment < vectors.Length; segment++)
        {
            var values = new double[assembler.SegmentLength(segment)];
            assembler.CopyValuesTo(model, weight, segment, values);
            vectors[segment] = setting.Read(setting.SealEncrypt(values, how), values.Length, bound);
        }

        var clear = new double[terms.Mask.ClearCount];
        assembler.CopyClearValuesTo(model, clear);
        return assembler.Assemble(vectors, clear, weight, slot);
    }

    private static void CheckAverage(AveragedModel average, ModelParameters[] models)
    {
        average.Contributions.Should().Be(3);
        average.TotalWeight.Should().Be(Weights.Sum());
        for (int tensor = 0; tensor < average.ErrorBounds.Length; tensor++)
        {
            string name = models[0].Layout.Tensors[tensor].Name;
            double[] expected = AverageOf(models, name);
            double[] actual = [.. average.Parameters.Get<float>(name).ToArray().Select(value => (double)value)];
            InteropSetting.LargestDifference(actual, expected).Should().BeLessThanOrEqualTo(average.ErrorBounds[tensor], name);
        }
    }

    /// <summary>The hospital that runs SEAL decrypts the first segment by itself.</summary>
    private static void CheckSealReadsTheSame(
        InteropSetting setting, AggregationTerms terms, EncryptedAggregate download, ModelParameters[] models)
    {
        download.UseSegment(0, vector =>
        {
            double[] sums = setting.SealDecrypt(setting.Write(vector), vector.Length);
            double divisor = terms.Weighting == Weighting.Clear ? download.TotalWeight!.Value : sums[0];
            double[] averages = [.. sums.Skip(terms.Weighting == Weighting.Clear ? 0 : 1).Take(300).Select(sum => sum / divisor)];
            string first = terms.Mask.IsAll ? "body.weight" : "head.weight";
            double bound = terms.Mask.IsAll ? 2 : 0.5;
            double[] expected = [.. AverageOf(models, first).Take(averages.Length).Select(value => value / bound)];
            InteropSetting.LargestDifference(averages, expected).Should().BeLessThanOrEqualTo(2 * vector.Bound.ErrorBound / divisor);
        });
    }

    private static double[] AverageOf(ModelParameters[] models, string tensor)
    {
        float[][] values = [.. models.Select(model => model.Get<float>(tensor).ToArray())];
        double At(int i) => Enumerable.Range(0, 3).Sum(client => Weights[client] * (double)values[client][i]) / Weights.Sum();
        return [.. Enumerable.Range(0, values[0].Length).Select(At)];
    }
}
