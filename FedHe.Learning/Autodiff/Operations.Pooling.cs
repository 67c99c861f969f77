using FedHe.Learning.Kernels;

namespace FedHe.Learning.Autodiff;

public static partial class Operations
{
    /// <summary>Takes the largest value under every window; the first of several equal values receives the
    /// gradient.</summary>
    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="window">The window's height and width.</param>
    /// <param name="stride">The step between windows; the window's size when 0.</param>
    /// <param name="degree">The largest number of threads; the result does not depend on it.</param>
    /// <returns>[batch, channels, out height, out width]; incomplete windows at the far edges are left out.</returns>
    /// <exception cref="ArgumentException">The images are smaller than the window.</exception>
    public static Variable MaxPool2d(Variable input, int window, int stride = 0, int degree = 1)
    {
        ArgumentNullException.ThrowIfNull(input);
        var geometry = WindowGeometry.Of(input.Shape, window, window, stride == 0 ? window : stride, padding: 0);
        int[] positions = PoolingKernel.ArgMax(input.Value, geometry, degree);
        return GatherAt(input, positions, [geometry.Batch, geometry.Channels, geometry.OutHeight, geometry.OutWidth]);
    }

    /// <summary>Averages the values under every window.</summary>
    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="window">The window's height and width.</param>
    /// <param name="stride">The step between windows; the window's size when 0.</param>
    /// <returns>[batch, channels, out height, out width]; incomplete windows at the far edges are left out.</returns>
    /// <exception cref="ArgumentException">The images are smaller than the window.</exception>
    public static Variable AveragePool2d(Variable input, int window, int stride = 0)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Average(input, WindowGeometry.Of(input.Shape, window, window, stride == 0 ? window : stride, padding: 0));
    }

    private static Variable Average(Variable input, WindowGeometry geometry) => Variable.Record(
        PoolingKernel.Average(input.Value, geometry),
        [input],
        (upstream, _) => Spread(upstream, geometry));

    private static Variable Spread(Variable outputGradient, WindowGeometry geometry) => Variable.Record(
        PoolingKernel.Spread(outputGradient.Value, geometry),
        [outputGradient],
        (upstream, _) => Average(upstream, geometry));
}
