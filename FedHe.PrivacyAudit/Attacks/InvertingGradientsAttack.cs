using FedHe.Crypto.Random;
using FedHe.Learning.Autodiff;
using FedHe.Learning.Models;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;
using FedHe.PrivacyAudit.Errors;
using FedHe.PrivacyAudit.Optimization;

namespace FedHe.PrivacyAudit.Attacks;

/// <summary>The attack Inverting Gradients matches the direction of the gradient and prefers smooth pictures.</summary>
/// <remarks>Source: Geiping, Bauermeister, Droege and Moeller, "Inverting Gradients - How easy is it to break privacy
/// in federated learning?" (2020): cosine distance plus total variation, Adam on signs, pixels kept in [0, 1], the
/// label from the last layer. The direction survives where the length is unknown, as when entries are
/// missing.</remarks>
public sealed class InvertingGradientsAttack : IGradientAttack
{
    private readonly InvertingGradientsOptions _options;

    /// <summary>Creates the attack with the given settings, or with the default settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of the settings is not positive, or the weight of total
    /// variation is negative.</exception>
    public InvertingGradientsAttack(InvertingGradientsOptions? options = null)
    {
        _options = options ?? new InvertingGradientsOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxIterations, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.StepSize, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.TotalVariation, nameof(options));
    }

    /// <inheritdoc/>
    public string Name => $"inverting gradients{(_options.IsTensorwise ? " by tensor" : string.Empty)}, " +
        $"encrypted entries {(_options.Treatment == MaskTreatment.Zeroed ? "zeroed" : "left out")}";

    /// <inheritdoc/>
    public string SettingsFor(ObservedGradient observed)
    {
        ArgumentNullException.ThrowIfNull(observed);

        // Where nothing is encrypted, it does not matter what becomes of encrypted entries.
        return (observed.Encrypted.Contains(true) ? _options : _options with { Treatment = MaskTreatment.LeftOut }).ToString();
    }

    /// <inheritdoc/>
    public RecoveredImage Recover(ObservedGradient observed, AttackAttempt attempt)
    {
        ArgumentNullException.ThrowIfNull(observed);
        ArgumentNullException.ThrowIfNull(attempt);
        Model model = observed.Model;
        if (model.SampleShape.Rank != 3)
        {
            throw Throw.NotAnImageModel(model.Name, nameof(observed));
        }

        var matching = new GradientMatching(observed, _options.Treatment);
        var variation = new TotalVariation(model.SampleShape);
        var optimizer = new SignedAdam(model.SampleShape.ElementCount);
        var watch = new AttemptWatch(attempt, _options.MaxIterations, givesUp: false);
        int label = LabelInference.Of(observed);
        Variable labels = Variable.Constant(Tensor.OneHot([label], model.OutputCount));
        float[] pixels = Start(attempt.Seed, model.SampleShape.ElementCount);
        float[] best = pixels;
        double bestLoss = double.PositiveInfinity;
        int iterations = 0;
        while (iterations < _options.MaxIterations)
        {
            Variable image = Variable.Of(new Tensor(model.SampleShape.Prepend(1), (float[])pixels.Clone()));
            Variable distance = _options.IsTensorwise
                ? matching.TensorwiseCosineDistance(image, labels)
                : matching.CosineDistance(image, labels);
            Variable loss = distance + (variation.Of(image) * _options.TotalVariation);
            if (loss.ToScalar() < bestLoss)
            {
                (best, bestLoss) = (image.Value.Values.ToArray(), loss.ToScalar());
            }

            optimizer.Step(pixels, Gradient.Of(loss, [image])[0].Value.Values, StepSizeAt(iterations));
            iterations++;
            float[] current = best;
            if (watch.ShouldStop(iterations, bestLoss, () => current))
            {
                break;
            }
        }

        return new RecoveredImage(best, label, bestLoss, iterations);
    }

    private double StepSizeAt(int iteration)
    {
        double part = (double)iteration / _options.MaxIterations;
        return _options.StepSize * (part < 0.375 ? 1 : part < 0.625 ? 0.1 : part < 0.875 ? 0.01 : 0.001);
    }

    private static float[] Start(int seed, int count)
    {
        var random = new SeededRandom(seed);
        float[] pixels = new float[count];
        for (int i = 0; i < count; i++)
        {
            pixels[i] = (float)random.NextDouble();
        }

        return pixels;
    }
}
