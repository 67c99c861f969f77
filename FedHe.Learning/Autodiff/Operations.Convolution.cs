using FedHe.Learning.Kernels;

namespace FedHe.Learning.Autodiff;

public static partial class Operations
{
    /// <summary>Computes the two-dimensional convolution of deep learning (a cross-correlation), without bias.</summary>
    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="weight">[out channels, channels, window height, window width].</param>
    /// <param name="stride">The step between windows in both directions.</param>
    /// <param name="padding">Zeros around the image on every side.</param>
    /// <param name="degree">The largest number of threads, also in the backward pass; the result does not depend on it.</param>
    /// <returns>[batch, out channels, out height, out width].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    public static Variable Conv2d(Variable input, Variable weight, int stride = 1, int padding = 0, int degree = 1)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.Shape.Rank != 4 || input.Shape.Rank != 4 || weight.Shape[1] != input.Shape[1])
        {
            throw new ArgumentException(
                $"Images {input.Shape} [batch, channels, height, width] do not fit " +
                $"weights {weight.Shape} [out channels, channels, height, width].");
        }

        return Convolve(input, weight, WindowGeometry.Of(input.Shape, weight.Shape[2], weight.Shape[3], stride, padding), degree);
    }

    private static Variable Convolve(
        Variable input, Variable weight, WindowGeometry geometry, int degree) => Variable.Record(
        ConvolutionKernel.Forward(input.Value, weight.Value, geometry, degree),
        [input, weight],
        (upstream, step) => ConvolveInputGradient(upstream, step.Inputs[1], geometry, degree),
        (upstream, step) => ConvolveWeightGradient(step.Inputs[0], upstream, geometry, degree));

    private static Variable ConvolveInputGradient(
        Variable outputGradient, Variable weight, WindowGeometry geometry, int degree) => Variable.Record(
        ConvolutionKernel.InputGradient(outputGradient.Value, weight.Value, geometry, degree),
        [outputGradient, weight],
        (upstream, step) => Convolve(upstream, step.Inputs[1], geometry, degree),
        (upstream, step) => ConvolveWeightGradient(upstream, step.Inputs[0], geometry, degree));

    private static Variable ConvolveWeightGradient(
        Variable input, Variable outputGradient, WindowGeometry geometry, int degree) => Variable.Record(
        ConvolutionKernel.WeightGradient(input.Value, outputGradient.Value, geometry, degree),
        [input, outputGradient],
        (upstream, step) => ConvolveInputGradient(step.Inputs[1], upstream, geometry, degree),
        (upstream, step) => Convolve(step.Inputs[0], upstream, geometry, degree));
}
