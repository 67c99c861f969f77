using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Data.Reading;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;
using FedHe.PrivacyAudit.Canaries;

namespace PrivacyAuditSample.OneRun;

/// <summary>The audit data are the records that are trained on, and canaries of the same shape.</summary>
/// <remarks>
/// Canaries are pictures of signs drawn evenly, with classes drawn evenly: nearly orthogonal to each other and to real records, so that a gradient tells
/// one from the others.
/// </remarks>
internal sealed record AuditData(Dataset Records, RecordCanaries Canaries)
{
    // Seeds of the parts are apart from each other for all seeds of the command line.
    private const int CanarySeed = 1_000_000_007;

    /// <exception cref="DatasetFormatException">The file cannot be read as a dataset, or has too few records.</exception>
    public static AuditData Load(OneRunOptions options)
    {
        Dataset records = options.DataPath is string path
            ? FirstOf(DatasetReader.Open(path).Training, options.Records, options.Seed)
            : SyntheticDigits.Generate(options.Records, options.Seed);
        var random = new SeededRandom(unchecked(CanarySeed + options.Seed));
        float[] signs = new float[options.Canaries * records.SampleShape.ElementCount];
        foreach (ref float sign in signs.AsSpan())
        {
            sign = random.NextInt32(2) == 1 ? 1 : -1;
        }

        int[] labels = [.. Enumerable.Range(0, options.Canaries).Select(_ => random.NextInt32(records.ClassCount))];
        var canaries = new Dataset("canaries", new Tensor(records.SampleShape.Prepend(options.Canaries), signs), labels, records.ClassNames);
        return new AuditData(records, new RecordCanaries(canaries));
    }

    private static Dataset FirstOf(Dataset all, int count, int seed)
    {
        if (count > all.Count)
        {
            throw new DatasetFormatException($"--records {count} are asked for, and '{all.Name}' has {all.Count}.");
        }

        int[] order = [.. Enumerable.Range(0, all.Count)];
        new SeededRandom(seed).Shuffle<int>(order);
        return all.Subset(order.AsSpan(0, count));
    }
}
