namespace FedHe.Crypto.Kernels.Values;

/// <summary>The specification of fixed-point conversion.</summary>
internal sealed class FixedPointSpecification : FixedPointKernel
{
    public override void Encode(ReadOnlySpan<double> values, double scale, Span<long> coefficients)
    {
        values = values[..coefficients.Length];
        for (int i = 0; i < coefficients.Length; i++)
        {
            coefficients[i] = (long)Math.Round(values[i] * scale);
        }
    }

    public override void Decode(ReadOnlySpan<double> coefficients, double inverseScale, Span<double> values)
    {
        coefficients = coefficients[..values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = coefficients[i] * inverseScale;
        }
    }
}
