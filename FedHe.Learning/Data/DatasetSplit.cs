using FedHe.Learning.Randomness;

namespace FedHe.Learning.Data;

/// <summary>A split separates the samples to learn from and the samples to measure with.</summary>
/// <param name="Training">The samples to learn from.</param>
/// <param name="Test">The held-out samples.</param>
public sealed record DatasetSplit(Dataset Training, Dataset Test)
{
    /// <summary>Holds out a share of every class.</summary>
    /// <param name="dataset">The samples; at least two.</param>
    /// <param name="seed">Equal seeds give equal splits.</param>
    /// <param name="testFraction">The share to hold out, between 0 and 1 exclusive; a fifth unless told otherwise.</param>
    /// <returns>Two datasets, each in random order and neither empty.</returns>
    public static DatasetSplit Stratified(Dataset dataset, int seed, double testFraction = 0.2)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentOutOfRangeException.ThrowIfLessThan(dataset.Count, 2, nameof(dataset));
        if (!(testFraction is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(testFraction), "The held-out share lies between 0 and 1.");
        }

        var random = new SeededRandom(seed);
        int[] order = Enumerable.Range(0, dataset.Count).ToArray();
        random.Shuffle<int>(order);

        // Taking every class's quota from a running total keeps the overall share exact even for tiny classes.
        int[] labels = dataset.Labels.ToArray();
        int[] byClass = order.OrderBy(sample => labels[sample]).ToArray();
        var training = new List<int>();
        var test = new List<int>();
        for (int i = 0; i < byClass.Length; i++)
        {
            bool isTest = Math.Round((i + 1) * testFraction) > Math.Round(i * testFraction);
            (isTest ? test : training).Add(byClass[i]);
        }

        MoveOneIfEmpty(training, test);
        MoveOneIfEmpty(test, training);
        return new DatasetSplit(Shuffled(dataset, training, random), Shuffled(dataset, test, random));
    }

    private static void MoveOneIfEmpty(List<int> target, List<int> source)
    {
        if (target.Count == 0)
        {
            target.Add(source[^1]);
            source.RemoveAt(source.Count - 1);
        }
    }

    private static Dataset Shuffled(Dataset dataset, List<int> samples, SeededRandom random)
    {
        int[] order = [.. samples];
        random.Shuffle<int>(order);
        return dataset.Subset(order);
    }
}
