using FedHe.Learning.Tensors;

namespace FedHe.Learning.Scattering;

/// <summary>Morlet filters are waves under a Gaussian window, in several orientations, and the Gaussian that averages what they find.</summary>
/// <remarks>
/// A wave at scale j has the frequency 3 pi / 4 / 2^j and a window of deviation 0.8 * 2^j along it and 2 times that across it. A part of the window is
/// subtracted so that a filter's sum is zero and constant images give nothing. Source of the constants: Andreux and others, "Kymatio: Scattering Transforms in
/// Python", JMLR 2020.
/// </remarks>
internal static class MorletFilters
{
    private const double Deviation = 0.8;
    private const double Frequency = 3 * Math.PI / 4;

    // The window ends at this number of standard deviations.
    private const double Reach = 3;

    /// <summary>Returns the filters of one scale as weights of a convolution.</summary>
    /// <param name="scale">The scale j.</param>
    /// <param name="orientations">The number of orientations, evenly spread over half a turn.</param>
    /// <returns>[2 orientations, 1, side, side]: of each orientation the real and the imaginary part.</returns>
    public static Tensor Waves(int scale, int orientations)
    {
        double deviation = Deviation * Math.ScaleB(1, scale);
        double slant = 4.0 / orientations;
        int radius = (int)Math.Ceiling(Reach * deviation / Math.Min(1, slant));
        int side = (2 * radius) + 1;
        var weights = Tensor.Zeros([2 * orientations, 1, side, side]);
        for (int orientation = 0; orientation < orientations; orientation++)
        {
            double angle = Math.PI * orientation / orientations;
            Span<float> part = weights.Values.Slice(2 * orientation * side * side, 2 * side * side);
            Wave(part[..(side * side)], part[(side * side)..], radius, deviation, slant, angle, Frequency / Math.ScaleB(1, scale));
        }

        return weights;
    }

    /// <summary>Returns the averaging window of a scale, of sum 1.</summary>
    /// <param name="deviation">The deviation in units of 0.8 pixels.</param>
    /// <returns>[1, 1, side, side].</returns>
    public static Tensor Average(double deviation)
    {
        deviation *= Deviation;
        int radius = (int)Math.Ceiling(Reach * deviation);
        int side = (2 * radius) + 1;
        var weights = Tensor.Zeros([1, 1, side, side]);
        double[] window = new double[side * side];
        double sum = 0;
        for (int i = 0; i < window.Length; i++)
        {
            (int y, int x) = ((i / side) - radius, (i % side) - radius);
            window[i] = Math.Exp(-((x * x) + (y * y)) / (2 * deviation * deviation));
            sum += window[i];
        }

        for (int i = 0; i < window.Length; i++)
        {
            weights.Values[i] = (float)(window[i] / sum);
        }

        return weights;
    }

    private static void Wave(Span<float> real, Span<float> imaginary, int radius, double deviation, double slant, double angle, double frequency)
    {
        int side = (2 * radius) + 1;
        double[] window = new double[side * side];
        double[] phase = new double[side * side];
        double windowSum = 0;
        double waveSum = 0;
        for (int i = 0; i < window.Length; i++)
        {
            (int y, int x) = ((i / side) - radius, (i % side) - radius);
            double along = (x * Math.Cos(angle)) + (y * Math.Sin(angle));
            double across = ((y * Math.Cos(angle)) - (x * Math.Sin(angle))) * slant;
            window[i] = Math.Exp(-((along * along) + (across * across)) / (2 * deviation * deviation));
            phase[i] = frequency * along;
            windowSum += window[i];
            waveSum += window[i] * Math.Cos(phase[i]);
        }

        double constant = waveSum / windowSum;
        double norm = 2 * Math.PI * deviation * deviation / slant;
        for (int i = 0; i < window.Length; i++)
        {
            real[i] = (float)(window[i] * (Math.Cos(phase[i]) - constant) / norm);
            imaginary[i] = (float)(window[i] * Math.Sin(phase[i]) / norm);
        }
    }
}
