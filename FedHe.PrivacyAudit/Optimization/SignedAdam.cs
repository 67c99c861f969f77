namespace FedHe.PrivacyAudit.Optimization;

/// <summary>The Adam optimizer on the signs of the gradient keeps the point inside a box.</summary>
/// <remarks>Source: Kingma and Ba, "Adam" (2015), algorithm 1; the signs and the box follow Geiping et al.,
/// "Inverting Gradients" (2020).</remarks>
internal sealed class SignedAdam(int length)
{
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.999;
    private const double Epsilon = 1e-8;

    private readonly double[] _first = new double[length];
    private readonly double[] _second = new double[length];
    private int _step;

    /// <summary>Moves the point against the gradient's signs.</summary>
    /// <param name="point">Changed in place and clamped to [0, 1].</param>
    /// <param name="gradient">The gradient at the point.</param>
    /// <param name="rate">The step size.</param>
    public void Step(Span<float> point, ReadOnlySpan<float> gradient, double rate)
    {
        _step++;
        double firstBias = 1 - Math.Pow(FirstDecay, _step);
        double secondBias = 1 - Math.Pow(SecondDecay, _step);
        for (int i = 0; i < point.Length; i++)
        {
            double sign = gradient[i] > 0 ? 1 : gradient[i] < 0 ? -1 : 0;
            _first[i] = (FirstDecay * _first[i]) + ((1 - FirstDecay) * sign);
            _second[i] = (SecondDecay * _second[i]) + ((1 - SecondDecay) * sign * sign);
            double change = _first[i] / firstBias / (Math.Sqrt(_second[i] / secondBias) + Epsilon);
            point[i] = (float)Math.Clamp(point[i] - (rate * change), 0, 1);
        }
    }
}
