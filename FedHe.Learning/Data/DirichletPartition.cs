using FedHe.Learning.Randomness;

namespace FedHe.Learning.Data;

/// <summary>A Dirichlet partition divides a dataset among clients that differ in size and in the classes they
/// see.</summary>
/// <remarks>For every class, the clients' shares are drawn from a symmetric Dirichlet distribution.
/// Source: Hsu, Qi and Brown, "Measuring the Effects of Non-Identical Data Distribution for Federated Visual
/// Classification" (2019), section 3; here the draw is per class, so that the clients' sizes differ as well.</remarks>
public static class DirichletPartition
{
    /// <summary>Draws a division of the dataset.</summary>
    /// <param name="dataset">The samples to divide.</param>
    /// <param name="clients">The number of clients, at least 1.</param>
    /// <param name="alpha">The concentration, positive: 0.1 gives each client few classes, 100 nearly equal shares.</param>
    /// <param name="seed">Equal seeds give equal divisions.</param>
    /// <param name="minimumPerClient">Clients below this size receive random samples of the largest clients.</param>
    /// <returns>One dataset per client; every sample belongs to exactly one.</returns>
    /// <exception cref="ArgumentException">There are fewer samples than the clients need.</exception>
    public static IReadOnlyList<Dataset> Split(
        Dataset dataset, int clients, double alpha, int seed, int minimumPerClient = 1)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        IReadOnlyList<int[]> shares = Indices(dataset.Labels, dataset.ClassCount, clients, alpha, seed, minimumPerClient);
        return [.. shares.Select(share => dataset.Subset(share))];
    }

    /// <summary>Draws a division of the dataset as sample positions.</summary>
    /// <param name="labels">The class of every sample.</param>
    /// <param name="classCount">The number of classes.</param>
    /// <param name="clients">The number of clients, at least 1.</param>
    /// <param name="alpha">The concentration, positive.</param>
    /// <param name="seed">Equal seeds give equal divisions.</param>
    /// <param name="minimumPerClient">The smallest share a client may have, at least 0.</param>
    /// <returns>Per client, sample positions in random order.</returns>
    /// <exception cref="ArgumentException">There are fewer samples than the clients need.</exception>
    public static IReadOnlyList<int[]> Indices(
        ReadOnlySpan<int> labels, int classCount, int clients, double alpha, int seed, int minimumPerClient = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clients, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        ArgumentOutOfRangeException.ThrowIfNegative(minimumPerClient);
        if ((long)clients * minimumPerClient > labels.Length)
        {
            throw new ArgumentException(
                $"{labels.Length} samples are too few for {clients} clients of at least {minimumPerClient}. " +
                "Use fewer clients or a smaller minimum.",
                nameof(minimumPerClient));
        }

        var random = new SeededRandom(seed);
        var members = new List<int>[classCount];
        for (int label = 0; label < classCount; label++)
        {
            members[label] = [];
        }

        for (int sample = 0; sample < labels.Length; sample++)
        {
            members[labels[sample]].Add(sample);
        }

        List<int>[] shares = Enumerable.Range(0, clients).Select(_ => new List<int>()).ToArray();
        foreach (List<int> samples in members)
        {
            Deal(samples, shares, alpha, random);
        }

        int[][] result = shares.Select(share => share.ToArray()).ToArray();
        foreach (int[]? share in result)
        {
            random.Shuffle<int>(share);
        }

        return Rebalance(result, minimumPerClient);
    }

    private static void Deal(List<int> samples, List<int>[] shares, double alpha, SeededRandom random)
    {
        int[] order = [.. samples];
        random.Shuffle<int>(order);
        double[] weights = Array.ConvertAll(shares, _ => random.NextGamma(alpha));
        double total = weights.Sum();
        if (!(total > 0))
        {
            // With a tiny alpha every draw can underflow; the limit distribution gives the class to one client.
            Array.Clear(weights);
            weights[random.NextInt32(weights.Length)] = total = 1;
        }

        double cumulative = 0.0;
        int start = 0;
        for (int client = 0; client < shares.Length; client++)
        {
            cumulative += weights[client];
            int end = client == shares.Length - 1
                ? order.Length
                : (int)Math.Round(order.Length * Math.Min(1, cumulative / total));
            shares[client].AddRange(order.AsSpan(start, end - start));
            start = end;
        }
    }

    private static int[][] Rebalance(int[][] shares, int minimum)
    {
        List<int>[] lists = shares.Select(share => share.ToList()).ToArray();
        foreach (List<int>? poor in lists)
        {
            while (poor.Count < minimum)
            {
                List<int> richest = lists.MaxBy(list => list.Count)!;
                poor.Add(richest[^1]);
                richest.RemoveAt(richest.Count - 1);
            }
        }

        return [.. lists.Select(list => list.ToArray())];
    }
}
