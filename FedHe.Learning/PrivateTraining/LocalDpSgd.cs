using System.Numerics.Tensors;
using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Noise;
using FedHe.Learning.PerSample;
using FedHe.Learning.Training;

namespace FedHe.Learning.PrivateTraining;

/// <summary>
/// Local DP-SGD trains a model at one party by steps of clipped per-sample gradients, each with the full noise of this party. It
/// never counts on the noise of others. An instance is not thread-safe.
/// </summary>
/// <remarks>
/// No loss is reported, because a loss depends on the records and no noise covers it. <see cref="Record"/> is right at any time, also
/// after a step that threw.
/// Source: Abadi et al., "Deep Learning with Differential Privacy", CCS 2016, algorithm 1; Noble, Bellet, Dieuleveut, "Differentially
/// Private Federated Learning on Heterogeneous Data", AISTATS 2022, and arXiv 2206.07902 (records protected silo by silo).
/// </remarks>
public sealed class LocalDpSgd
{
    private readonly Model _model;
    private readonly Dataset _dataset;
    private readonly LocalDpSgdOptions _options;
    private readonly IGradientNoise _noise;
    private readonly double _noiseMultiplier;
    private readonly PerSampleGradients _gradients;
    private readonly SgdOptimizer _optimizer;
    private readonly float[] _average;
    private int _steps;

    /// <summary>Begins a training.</summary>
    /// <param name="model">The model to change. With a proximal term, its present parameters are the anchor.</param>
    /// <param name="dataset">The party's records, of the model's sample shape.</param>
    /// <param name="options">How to train.</param>
    /// <param name="noise">This party's noise.</param>
    /// <exception cref="ArgumentException">The records do not fit the model, or an option is out of range.</exception>
    public LocalDpSgd(Model model, Dataset dataset, LocalDpSgdOptions options, IGradientNoise noise)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(noise);
        options.Validate();
        Trainer.CheckFit(model, dataset, options.Objective);
        (_model, _dataset, _options, _noise) = (model, dataset, options, noise);
        _noiseMultiplier = noise.NoiseMultiplier;
        if (!(_noiseMultiplier >= 0 && double.IsFinite(_noiseMultiplier)))
        {
            throw new ArgumentException("A noise multiplier must be at least 0 and finite.", nameof(noise));
        }

        _gradients = new PerSampleGradients(model, options.Objective, options.DegreeOfParallelism);
        _average = new float[model.ParameterCount];
        _optimizer = new SgdOptimizer(model.Parameters, options.ForOptimizer());
    }

    /// <summary>What was done so far.</summary>
    public LocalDpSgdRecord Record => new(
        _steps, _options.Sampling, _options.Clipping.ClipNorm, _noiseMultiplier,
        _options.Sampling.ParticipationsIn(_steps, _dataset.Count));

    /// <summary>Makes several steps.</summary>
    /// <param name="steps">The number of steps, at least 1.</param>
    /// <param name="cancellationToken">Stops between two batches of samples; the model keeps the steps already taken.</param>
    /// <returns>What was done since the training began.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is below 1.</exception>
    /// <exception cref="NonFiniteGradientException">A gradient is not finite, and that is to be refused.</exception>
    /// <exception cref="TrainingDivergedException">A parameter is no longer a finite number.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled.</exception>
    public LocalDpSgdRecord Run(int steps, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        for (int i = 0; i < steps; i++)
        {
            Step(cancellationToken);
        }

        return Record;
    }

    /// <summary>Makes one step.</summary>
    /// <param name="cancellationToken">Stops between two batches of samples.</param>
    /// <returns>The noisy gradient that the step followed.</returns>
    /// <exception cref="NonFiniteGradientException">A gradient is not finite, and that is to be refused.</exception>
    /// <exception cref="TrainingDivergedException">A parameter is no longer a finite number.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled.</exception>
    public NoisyGradient Step(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int[] batch = _options.Sampling.Draw(_steps, _dataset.Count);
        ClippedSum sum = _gradients.SumClipped(_dataset, batch, _options.Clipping, cancellationToken);
        _steps++;
        NoisyGradient gradient = sum.Release(_noise);
        if (gradient.NoiseMultiplier != _noiseMultiplier)
        {
            throw new InvalidOperationException("The noise multiplier changed during a training, so that no record of it would be true.");
        }

        gradient.WriteSingles(_options.Divisor, _average);
        Apply(_average);
        return gradient;
    }

    private void Apply(ReadOnlySpan<float> gradient)
    {
        for (int i = 0; i < _model.Parameters.Count; i++)
        {
            Span<float> values = _model.Parameters[i].Value.Values;
            _optimizer.Step(i, gradient[..values.Length]);
            gradient = gradient[values.Length..];
            if (!float.IsFinite(TensorPrimitives.MaxMagnitude<float>(values)))
            {
                throw new TrainingDivergedException(
                    "A parameter is no longer finite. Lower the learning rate, the momentum or the noise multiplier.");
            }
        }
    }
}
