using FedHe.Crypto.Random;
using FedHe.Learning.Autodiff;
using FedHe.Learning.Models;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;
using FedHe.MLBridge.Layout;
using FedHe.PrivacyAudit.Optimization;

namespace FedHe.PrivacyAudit.Attacks;

/// <summary>
/// The attack Deep Leakage from Gradients searches for a picture and a label distribution that produce the observed gradient.
/// </summary>
/// <remarks>Source: Zhu, Liu and Han, "Deep Leakage from Gradients" (2019): Gaussian start for both unknowns, label
/// through a softmax, squared distance of the gradients, L-BFGS. With <see cref="LabelKnowledge.Inferred"/> it is iDLG.
/// The line search (strong Wolfe) takes the place of the reference's fixed step, so that the loss never
/// rises.</remarks>
public sealed class DeepLeakageAttack : IGradientAttack
{
    private readonly DeepLeakageOptions _options;

    /// <summary>Creates the attack with the given settings, or with the default settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of the settings is below 1.</exception>
    public DeepLeakageAttack(DeepLeakageOptions? options = null)
    {
        _options = options ?? new DeepLeakageOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxIterations, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.History, 1, nameof(options));
    }

    /// <inheritdoc/>
    public string Name => $"{(_options.Label == LabelKnowledge.Inferred ? "iDLG" : "DLG")}, " +
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
        var problem = new Problem(observed, _options);
        var watch = new AttemptWatch(attempt, _options.MaxIterations, givesUp: true);
        var optimizer = new Lbfgs(problem.Evaluate, problem.Start(attempt.Seed), _options.History);
        int iterations = 0;
        while (iterations < _options.MaxIterations && optimizer.TryStep())
        {
            iterations++;
            if (watch.ShouldStop(iterations, optimizer.Current.Value, () => problem.PixelsOf(optimizer.Current.Point)))
            {
                break;
            }
        }

        double[] point = optimizer.Current.Point;
        return new RecoveredImage(problem.PixelsOf(point), problem.LabelOf(point), optimizer.Current.Value, iterations);
    }

    /// <summary>
    /// The matching problem holds its unknowns in one vector: the pixels, then the label logits unless the label is known.
    /// </summary>
    private sealed class Problem
    {
        private readonly GradientMatching _matching;
        private readonly TensorShape _batchShape;
        private readonly int _pixelCount;
        private readonly int _classes;
        private readonly int? _label;

        public Problem(ObservedGradient observed, DeepLeakageOptions options)
        {
            Model model = observed.Model;
            _matching = new GradientMatching(observed, options.Treatment);
            _batchShape = model.SampleShape.Prepend(1);
            _pixelCount = model.SampleShape.ElementCount;
            _classes = model.OutputCount;
            _label = options.Label == LabelKnowledge.Inferred ? LabelInference.Of(observed) : null;
        }

        public double[] Start(int seed)
        {
            var random = new SeededRandom(seed);
            double[] point = new double[_pixelCount + (_label is null ? _classes : 0)];
            for (int i = 0; i < point.Length; i++)
            {
                point[i] = random.NextGaussian();
            }

            return point;
        }

        public double Evaluate(ReadOnlySpan<double> point, Span<double> gradient)
        {
            Variable image = Leaf(point[.._pixelCount], _batchShape);
            Variable? logits = _label is null ? Leaf(point[_pixelCount..], [1, _classes]) : null;
            Variable labels = logits is null
                ? Variable.Constant(Tensor.OneHot([_label!.Value], _classes))
                : Operations.Softmax(logits);
            Variable loss = _matching.SquaredDistance(image, labels);
            Variable[] gradients = Gradient.Of(loss, logits is null ? [image] : [image, logits]);
            Widen(gradients[0].Value.Values, gradient[.._pixelCount]);
            if (logits is not null)
            {
                Widen(gradients[1].Value.Values, gradient[_pixelCount..]);
            }

            return loss.ToScalar();
        }

        public float[] PixelsOf(double[] point)
            => Array.ConvertAll(point[.._pixelCount], value => (float)Math.Clamp(value, 0, 1));

        public int LabelOf(double[] point)
        {
            double[] logits = point[_pixelCount..];
            return _label ?? Array.IndexOf(logits, logits.Max());
        }

        private static Variable Leaf(ReadOnlySpan<double> values, TensorShape shape)
        {
            float[] narrow = new float[values.Length];
            for (int i = 0; i < narrow.Length; i++)
            {
                narrow[i] = (float)values[i];
            }

            return Variable.Of(new Tensor(shape, narrow));
        }

        private static void Widen(ReadOnlySpan<float> values, Span<double> destination)
        {
            for (int i = 0; i < values.Length; i++)
            {
                destination[i] = values[i];
            }
        }
    }
}
