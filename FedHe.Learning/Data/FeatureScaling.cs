using System.Numerics.Tensors;
using FedHe.Learning.Tensors;
using Tensor = FedHe.Learning.Tensors.Tensor;

namespace FedHe.Learning.Data;

/// <summary>A scaling shifts and scales each column of a table, or each channel of images, to mean 0 and deviation
/// 1.</summary>
/// <remarks>Fit it on the training samples and apply it to both parts, so that nothing of the test samples leaks in.</remarks>
public sealed class FeatureScaling
{
    private readonly float[] _means;
    private readonly float[] _deviations;

    private FeatureScaling(float[] means, float[] deviations) => (_means, _deviations) = (means, deviations);

    /// <summary>The means that are subtracted, one per column or channel.</summary>
    public IReadOnlyList<float> Means => _means;

    /// <summary>The standard deviations that features are divided by, or 1 where a column or channel is constant.</summary>
    public IReadOnlyList<float> Deviations => _deviations;

    /// <summary>Measures the means and deviations of a dataset's features.</summary>
    /// <param name="dataset">At least one sample.</param>
    public static FeatureScaling Fit(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentOutOfRangeException.ThrowIfZero(dataset.Count, nameof(dataset));
        int groups = dataset.SampleShape[0];
        int run = dataset.SampleShape.ElementCount / groups;
        double[] means = new double[groups];
        double[] squares = new double[groups];

        // Two passes: subtracting the mean first keeps columns with a large offset accurate.
        Visit(dataset.Features, groups, run, (group, values) => means[group] += Sum(values, 0));
        double count = (double)dataset.Count * run;
        means = Array.ConvertAll(means, sum => sum / count);
        Visit(dataset.Features, groups, run, (group, values) => squares[group] += Sum(values, means[group], squared: true));
        return new FeatureScaling(
            Array.ConvertAll(means, mean => (float)mean),
            Array.ConvertAll(squares, sum => (float)Math.Sqrt(sum / count) is > 0 and var deviation ? deviation : 1));
    }

    /// <summary>Creates a scaled copy of a dataset.</summary>
    /// <param name="dataset">Samples of the shape that was measured.</param>
    /// <exception cref="ArgumentException">The samples have another number of columns or channels.</exception>
    public Dataset Apply(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        int groups = dataset.SampleShape[0];
        if (groups != _means.Length)
        {
            throw new ArgumentException(
                $"The scaling was measured on {_means.Length} columns or channels, the samples have {groups}.",
                nameof(dataset));
        }

        Tensor features = dataset.Features.Clone();
        Visit(features, groups, dataset.SampleShape.ElementCount / groups, (group, values) =>
        {
            TensorPrimitives.Subtract(values, _means[group], values);
            TensorPrimitives.Divide(values, _deviations[group], values);
        });
        return new Dataset(dataset.Name, features, dataset.Labels.ToArray(), dataset.ClassNames, dataset.Notes);
    }

    private delegate void GroupVisitor(int group, Span<float> values);

    private static void Visit(Tensor features, int groups, int run, GroupVisitor visitor)
    {
        int group = 0;
        for (int offset = 0; offset < features.Length; offset += run)
        {
            visitor(group, features.Values.Slice(offset, run));
            group = group + 1 == groups ? 0 : group + 1;
        }
    }

    private static double Sum(ReadOnlySpan<float> values, double offset, bool squared = false)
    {
        double sum = 0.0;
        foreach (float value in values)
        {
            double shifted = value - offset;
            sum += squared ? shifted * shifted : shifted;
        }

        return sum;
    }
}
