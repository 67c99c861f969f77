using FedHe.Orchestration.Job;
using FedHe.TorchSharp.Errors;

namespace FedHe.TorchSharp.Records;

/// <summary>A record clip moves the gradient of one record onto the grid of a job, where it is never longer than the clip norm.</summary>
/// <remarks>
/// Rounding moves each of d values by at most 1/2 + 2^-20 units, so a gradient is made at most U - (1/2 + 2^-20) sqrt(d) units long before, with U the units of the clip norm, less the
/// relative 2^-20 that covers the rounding of a norm of up to 2^31 values. By the triangle inequality it has at most U units after rounding.
/// </remarks>
internal sealed class RecordClip
{
    private const double RoundingError = 0.5 + (1.0 / (1 << 20));
    private const double NormError = 1.0 / (1 << 20);

    private readonly double _unitsPerValue;
    private readonly double _largest;

    /// <exception cref="ArgumentException">Rounding alone could take more than half of the clip norm.</exception>
    public RecordClip(PrivacyTerms terms, int parameterCount)
    {
        double units = Math.ScaleB(1, terms.LogClipUnits);
        double bound = units - (RoundingError * Math.Sqrt(parameterCount));
        _unitsPerValue = units / terms.Clip;
        _largest = bound >= units / 2 ? bound * (1 - NormError) : throw Throw.GridTooCoarse(terms.LogClipUnits, parameterCount, nameof(terms));
    }

    /// <summary>Adds the clipped gradient of a record to a sum. One that is not finite adds nothing: a refusal would depend on the record.</summary>
    public void AddTo(Span<long> sum, ReadOnlySpan<float> gradient)
    {
        double squaredNorm = 0;
        foreach (float value in gradient)
        {
            squaredNorm += (double)value * value;
        }

        double norm = Math.Sqrt(squaredNorm) * _unitsPerValue;
        if (!double.IsFinite(norm))
        {
            return;
        }

        double factor = norm > _largest ? _unitsPerValue * (_largest / norm) : _unitsPerValue;
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] += (long)Math.Round(gradient[i] * factor);
        }
    }
}
