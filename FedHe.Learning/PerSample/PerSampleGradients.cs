using FedHe.Learning.Data;
using FedHe.Learning.Layers;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;
using FedHe.Learning.Training;

namespace FedHe.Learning.PerSample;

/// <summary>
/// Per-sample gradients are the gradients of every sample's own loss: their norms, their inner products with a vector, and the sum
/// of them after each has been clipped. The gradients of dense layers are never written out, and the gradients of convolutions exist for only a few
/// samples at a time. An instance is not thread-safe.
/// </summary>
/// <remarks>
/// A model with a layer of a kind that this library does not have goes through one sample at a time, so that nothing mixes samples.
/// Vectors over all parameters are in the order of <see cref="Model.Parameters"/>, row-major within each, as the flat vector of a
/// model's layout.
/// Source: Abadi et al., "Deep Learning with Differential Privacy", CCS 2016, section 3.
/// </remarks>
public sealed class PerSampleGradients
{
    /// <summary>The largest number of samples of one sum.</summary>
    public const int MaxSamples = 1 << 20;

    private readonly Model _model;
    private readonly Objective _objective;
    private readonly int _degree;
    private readonly ConvolutionMethod? _method;
    private readonly int _largestBatch;
    private readonly int _smallestBatch;
    private double[]? _sums;

    /// <summary>Prepares the per-sample gradients of a model.</summary>
    /// <param name="model">The model; read as it is at each call.</param>
    /// <param name="objective">The loss of a sample.</param>
    /// <param name="degree">The largest number of threads, at least 1; results do not depend on it.</param>
    /// <exception cref="ArgumentException">The model has no parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is below 1.</exception>
    public PerSampleGradients(Model model, Objective objective = Objective.CrossEntropy, int degree = 1)
        : this(model, objective, degree, method: null)
    {
    }

    internal PerSampleGradients(Model model, Objective objective, int degree, ConvolutionMethod? method, int? batch = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(degree, 1);
        if (model.ParameterCount == 0)
        {
            throw new ArgumentException($"The model '{model.Name}' has no parameters, and so no gradients.", nameof(model));
        }

        (_model, _objective, _degree, _method) = (model, objective, degree, method);
        _largestBatch = Math.Min(batch ?? int.MaxValue, SampleCompany.LargestBatchOf(model));
        _smallestBatch = SampleCompany.SmallestBatchOf(model);
    }

    private delegate void BatchAction(LayerGradients[] layers, int first, int samples);

    /// <summary>Computes the Euclidean norm of every sample's gradient. Norms depend on the samples and no noise covers them.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="indices">The positions of the samples to use, in any order, each as often as it is to count.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>One norm for each index; NaN or infinite where a gradient is not finite.</returns>
    /// <exception cref="ArgumentException">The samples do not fit the model.</exception>
    /// <exception cref="OperationCanceledException">The computation was canceled.</exception>
    public double[] Norms(Dataset dataset, ReadOnlySpan<int> indices, CancellationToken cancellationToken = default)
    {
        double[] norms = new double[indices.Length];
        Visit(dataset, indices, (layers, first, samples) =>
        {
            Span<double> squares = norms.AsSpan(first, samples);
            AddSquaredNorms(layers, squares);
            foreach (ref double square in squares)
            {
                square = Math.Sqrt(square);
            }
        }, cancellationToken);
        return norms;
    }

    /// <summary>Computes the inner product of every sample's gradient and a vector: how much a step along the vector raises the
    /// sample's loss. Inner products depend on the samples and no noise covers them.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="indices">The positions of the samples to use.</param>
    /// <param name="direction">One value for each parameter of the model.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>One inner product for each index, in single precision; NaN or infinite where a gradient is not finite.</returns>
    /// <exception cref="ArgumentException">The samples or the vector do not fit the model.</exception>
    /// <exception cref="OperationCanceledException">The computation was canceled.</exception>
    public double[] InnerProducts(
        Dataset dataset, ReadOnlySpan<int> indices, ReadOnlyMemory<float> direction, CancellationToken cancellationToken = default)
    {
        if (direction.Length != _model.ParameterCount)
        {
            throw new ArgumentException(
                $"The vector has {direction.Length} values, the model '{_model.Name}' has {_model.ParameterCount} parameters.",
                nameof(direction));
        }

        double[] products = new double[indices.Length];
        Visit(dataset, indices, (layers, first, samples) =>
        {
            Span<double> part = products.AsSpan(first, samples);
            ReadOnlyMemory<float> remaining = direction;
            foreach ((LayerGradients layer, int length) in layers.Zip(ParameterCounts()))
            {
                layer.AddInnerProducts(remaining[..length], part);
                remaining = remaining[length..];
            }
        }, cancellationToken);
        return products;
    }

    /// <summary>Sums the gradients of some samples, each scaled down to the clip norm if it is longer.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="indices">The positions of the samples to use, each as often as it is to count; none gives a sum of zeros.</param>
    /// <param name="clipping">The clip norm, the grid and the treatment of values that are not finite.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>The exact sum of the samples' contributions, each rounded to the grid and no longer than the clip norm.</returns>
    /// <exception cref="ArgumentException">The samples do not fit the model, there are more than <see cref="MaxSamples"/>, or the
    /// grid is too coarse for the number of parameters.</exception>
    /// <exception cref="NonFiniteGradientException">A gradient is not finite, and that is to be refused.</exception>
    /// <exception cref="OperationCanceledException">The computation was canceled.</exception>
    public ClippedSum SumClipped(
        Dataset dataset, ReadOnlySpan<int> indices, GradientClipping clipping, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clipping);
        clipping.Validate();
        if (indices.Length > MaxSamples)
        {
            throw new ArgumentException($"A sum has at most {MaxSamples} samples, {indices.Length} were given.", nameof(indices));
        }

        var scale = new ClipScale(clipping, _model.ParameterCount);
        int[] positions = indices.ToArray();

        // Fresh memory of this size would cost more than clearing what is there.
        double[] sums = _sums ??= new double[_model.ParameterCount];
        sums.AsSpan().Clear();
        double[] factors = new double[_largestBatch];
        long clipped = 0;
        Visit(dataset, indices, (layers, first, samples) =>
        {
            Span<double> part = factors.AsSpan(0, samples);
            part.Clear();
            AddSquaredNorms(layers, part);
            for (int sample = 0; sample < samples; sample++)
            {
                if (clipping.NonFinite == NonFiniteGradients.Refuse && !double.IsFinite(part[sample]))
                {
                    throw new NonFiniteGradientException(positions[first + sample]);
                }

                part[sample] = scale.FactorOf(part[sample]);
                clipped += part[sample] != 0 && scale.IsClipped(part[sample]) ? 1 : 0;
            }

            Memory<double> remaining = sums;
            foreach ((LayerGradients layer, int length) in layers.Zip(ParameterCounts()))
            {
                layer.AddClipped(part, remaining[..length]);
                remaining = remaining[length..];
            }
        }, cancellationToken);
        return new ClippedSum(ClippedSum.ToUnits(sums), clipping, clipping.CountClipped ? clipped : null);
    }

    private static void AddSquaredNorms(LayerGradients[] layers, Span<double> squares)
    {
        foreach (LayerGradients layer in layers)
        {
            layer.AddSquaredNorms(squares);
        }
    }

    private IEnumerable<int> ParameterCounts() => _model.Layers
        .Where(layer => layer.Parameters.Count > 0)
        .Select(layer => layer.Parameters.Sum(parameter => parameter.Shape.ElementCount));

    private void Visit(Dataset dataset, ReadOnlySpan<int> indices, BatchAction action, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        Trainer.CheckFit(_model, dataset, _objective);
        foreach (int index in indices)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(indices));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, dataset.Count, nameof(indices));
        }

        for (int first = 0; first < indices.Length; first += _largestBatch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<int> part = indices.Slice(first, Math.Min(_largestBatch, indices.Length - first));
            LayerGradients[] layers = Pass(dataset, part);
            try
            {
                action(layers, first, part.Length);
            }
            finally
            {
                foreach (LayerGradients layer in layers)
                {
                    layer.Dispose();
                }
            }
        }
    }

    private LayerGradients[] Pass(Dataset dataset, ReadOnlySpan<int> indices)
    {
        Tensor features = dataset.GatherFeatures(indices);
        int[] labels = dataset.GatherLabels(indices);
        int rows = Math.Max(indices.Length, _smallestBatch);
        if (rows > indices.Length)
        {
            float[] padded = new float[rows * _model.SampleShape.ElementCount];
            features.Values.CopyTo(padded);
            features = new Tensor(_model.SampleShape.Prepend(rows), padded);
            Array.Resize(ref labels, rows);
        }

        return SamplePass.Run(_model, features, labels, indices.Length, _objective, _degree, _method);
    }
}
