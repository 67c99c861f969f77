using System.Numerics.Tensors;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Sensitivity;

/// <summary>The default sensitivity estimator computes maps sample by sample from a host's gradients.</summary>
/// <param name="variant">The derivatives that make up the sensitivity.</param>
/// <param name="seed">The seed of the random signs; other variants ignore it.</param>
/// <remarks>Source: FedML-HE, section 2.4 step 1.</remarks>
public sealed class SensitivityEstimator(LabelSensitivity variant = LabelSensitivity.TrueLabel, ulong seed = 0) : ISensitivityEstimator
{
    private readonly LabelSensitivity _variant = Enum.IsDefined(variant) ? variant : throw Throw.UndefinedChoice(nameof(variant));
    private readonly RandomRanking _bits = new(seed);

    /// <inheritdoc/>
    public SensitivityMap Estimate(ILabelGradients gradients, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        ArgumentOutOfRangeException.ThrowIfLessThan(gradients.SampleCount, 1, nameof(gradients));
        ArgumentOutOfRangeException.ThrowIfLessThan(gradients.ClassCount, 1, nameof(gradients));
        var sum = new float[gradients.Layout.ToArrayLength()];
        var gradient = new float[sum.Length];
        float[] squares = _variant == LabelSensitivity.AllClasses ? new float[sum.Length] : [];
        var direction = new float[gradients.ClassCount];
        for (int sample = 0; sample < gradients.SampleCount; sample++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (_variant)
            {
                case LabelSensitivity.TrueLabel:
                    direction.AsSpan().Clear();
                    direction[gradients.LabelOf(sample)] = 1;
                    AddMagnitude(gradients, sample, direction, gradient, sum);
                    break;
                case LabelSensitivity.RandomSigns:
                    FillSigns(sample, direction);
                    AddMagnitude(gradients, sample, direction, gradient, sum);
                    break;
                default:
                    AddNorm(gradients, sample, direction, gradient, squares, sum);
                    break;
            }
        }

        TensorPrimitives.Divide(sum, gradients.SampleCount, sum);
        return new SensitivityMap(gradients.Layout, sum);
    }

    private static void AddMagnitude(ILabelGradients gradients, int sample, float[] direction, float[] gradient, float[] sum)
    {
        gradients.Gradient(sample, direction, gradient);
        TensorPrimitives.Abs(gradient, gradient);
        TensorPrimitives.Add(sum, gradient, sum);
    }

    private static void AddNorm(
        ILabelGradients gradients, int sample, float[] direction, float[] gradient, float[] squares, float[] sum)
    {
        squares.AsSpan().Clear();
        for (int label = 0; label < direction.Length; label++)
        {
            direction.AsSpan().Clear();
            direction[label] = 1;
            gradients.Gradient(sample, direction, gradient);
            TensorPrimitives.MultiplyAdd(gradient, gradient, squares, squares);
        }

        TensorPrimitives.Sqrt(squares, squares);
        TensorPrimitives.Add(sum, squares, sum);
    }

    private void FillSigns(int sample, float[] direction)
    {
        for (int label = 0; label < direction.Length; label++)
        {
            direction[label] = (_bits[unchecked((sample * direction.Length) + label)] & 1) == 0 ? 1 : -1;
        }
    }
}
