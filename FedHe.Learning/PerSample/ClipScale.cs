namespace FedHe.Learning.PerSample;

/// <summary>A clip scale turns the norm of a sample's gradient into the factor that clips it and expresses it in grid units.</summary>
/// <remarks>
/// With d parameters, a contribution is the gradient times the factor, each value rounded with an error of at most 1/2 + 2^-20
/// units. The factor leaves a norm of at most T = U - (1/2 + 2^-20) sqrt(d) units before rounding, with U the clip norm in units,
/// less the relative 2^-26 that covers the rounding of the norm and of the factor for up to 2^31 parameters. So after rounding, by
/// the triangle inequality, the norm is at most U, exactly and for every sample.
/// </remarks>
internal readonly struct ClipScale
{
    private const double RoundingError = 0.5 + (1.0 / (1 << 20));
    private const double NormError = 1.0 / (1 << 26);

    private readonly double _unitsPerValue;
    private readonly double _largest;

    public ClipScale(GradientClipping clipping, int parameterCount)
    {
        double units = Math.ScaleB(1, clipping.LogClipUnits);
        _unitsPerValue = units / clipping.ClipNorm;
        double bound = units - (RoundingError * Math.Sqrt(parameterCount));
        if (bound < units / 2)
        {
            throw new ArgumentException(
                $"2^{clipping.LogClipUnits} units a clip norm are too few for {parameterCount} parameters: rounding alone could take " +
                "more than half of the clip norm. Raise LogClipUnits.",
                nameof(clipping));
        }

        _largest = bound * (1 - NormError);
    }

    /// <summary>Computes the factor from gradient to grid units; 0 for a norm that is not finite.</summary>
    public double FactorOf(double squaredNorm)
    {
        if (!double.IsFinite(squaredNorm))
        {
            return 0;
        }

        double norm = Math.Sqrt(squaredNorm) * _unitsPerValue;
        return norm > _largest ? _unitsPerValue * (_largest / norm) : _unitsPerValue;
    }

    /// <summary>Tells whether the factor makes the gradient shorter.</summary>
    public bool IsClipped(double factor) => factor < _unitsPerValue;
}
