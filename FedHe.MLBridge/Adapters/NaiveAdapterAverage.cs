using System.Collections.Immutable;
using System.Numerics.Tensors;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Adapters;

/// <summary>
/// A naive adapter average is the average of A and the average of B, with the measured gap to what averaging should give. Prefer rounds
/// that keep one half: the product of the averages is not the average of the products, and the gap grows with how far clients' data differ.
/// </summary>
/// <remarks>
/// Only a party that has the adapters of all clients can measure the gap, such as a simulation before a job; under encryption nobody does, since sums of products do not travel.
/// Source: Sun and others, "Improving LoRA in Privacy-preserving Federated Learning", ICLR 2024 (FFA-LoRA), section 3.
/// </remarks>
public sealed class NaiveAdapterAverage
{
    private NaiveAdapterAverage(ImmutableSortedDictionary<string, double> gaps) => Gaps = gaps;

    /// <summary>
    /// For each adapter, by the name of its pair: the Frobenius norm of the average of the products BA minus the product of the averages of B and A, over the norm of the
    /// former; at least 0, and 0 where both are zero. It is computed in double precision.
    /// </summary>
    public ImmutableSortedDictionary<string, double> Gaps { get; }

    /// <summary>The largest gap of an adapter.</summary>
    public double LargestGap => Gaps.Values.Max();

    /// <summary>Measures the gap of averaging both halves of the adapters of several clients.</summary>
    /// <param name="models">The clients' models, of equal layouts; at least one.</param>
    /// <param name="weights">The clients' weights, positive, as many as models.</param>
    /// <exception cref="ArgumentException">The layouts differ, have no adapters, or the weights do not fit.</exception>
    public static NaiveAdapterAverage Measure(IReadOnlyList<ModelParameters> models, IReadOnlyList<long> weights)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(weights);
        if (models.Count == 0 || weights.Count != models.Count || weights.Any(weight => weight < 1))
        {
            throw Throw.WrongWeightCount(nameof(weights));
        }

        AdapterLayout adapters = AdapterLayout.Of(models[0].Layout);
        ModelParameters[] own = [.. models.Select(model => model.As(adapters.Layout))];
        double total = weights.Sum(weight => (double)weight);
        double[] shares = [.. weights.Select(weight => weight / total)];
        return new NaiveAdapterAverage(adapters.Pairs.ToImmutableSortedDictionary(pair => pair.Name, pair => GapOf(pair, own, shares), StringComparer.Ordinal));
    }

    private static double GapOf(AdapterPair pair, ModelParameters[] models, double[] shares)
    {
        double[][] a = [.. models.Select(model => ValuesOf(model, pair.A))];
        double[][] b = [.. models.Select(model => ValuesOf(model, pair.B))];
        double[] averageA = AverageOf(a, shares);
        double[] averageB = AverageOf(b, shares);
        var product = new double[pair.Inputs];
        var gap = new double[pair.Inputs];
        double gapSquares = 0;
        double productSquares = 0;
        for (int row = 0; row < pair.Outputs; row++)
        {
            Array.Clear(product);
            for (int i = 0; i < models.Length; i++)
            {
                AddRow(pair, row, b[i], a[i], shares[i], product);
            }

            product.CopyTo(gap.AsSpan());
            AddRow(pair, row, averageB, averageA, -1, gap);
            productSquares += TensorPrimitives.SumOfSquares<double>(product);
            gapSquares += TensorPrimitives.SumOfSquares<double>(gap);
        }

        return gapSquares == 0 ? 0 : Math.Sqrt(gapSquares / productSquares);
    }

    /// <summary>Adds a multiple of one row of the product BA.</summary>
    private static void AddRow(AdapterPair pair, int row, double[] b, double[] a, double factor, double[] sum)
    {
        for (int k = 0; k < pair.Rank; k++)
        {
            TensorPrimitives.MultiplyAdd<double>(a.AsSpan(k * pair.Inputs, pair.Inputs), factor * b[(row * pair.Rank) + k], sum, sum);
        }
    }

    private static double[] AverageOf(double[][] values, double[] shares)
    {
        var average = new double[values[0].Length];
        for (int i = 0; i < values.Length; i++)
        {
            TensorPrimitives.MultiplyAdd<double>(values[i], shares[i], average, average);
        }

        return average;
    }

    private static double[] ValuesOf(ModelParameters model, TensorSpec tensor)
    {
        var values = new double[tensor.ToArrayLength()];
        model.CopyFlatTo(model.Layout.OffsetOf(model.Layout.IndexOf(tensor.Name)), values);
        return values;
    }
}
