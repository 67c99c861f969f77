using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Metrics;

/// <summary>A picture of one or more channels with values in [0, 1].</summary>
/// <param name="Channels">Channels, stored one after the other.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Pixels">channels x height x width values, row-major.</param>
public sealed record ImagePlanes(int Channels, int Height, int Width, ReadOnlyMemory<float> Pixels)
{
    /// <summary>Returns one channel in double precision, multiplied by a factor.</summary>
    internal Plane Channel(int channel, double factor)
    {
        Throw.IfLengthDiffers(Pixels.Length, Channels * Height * Width, nameof(Pixels));
        double[] values = new double[Height * Width];
        ReadOnlySpan<float> source = Pixels.Span.Slice(channel * values.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = source[i] * factor;
        }

        return new Plane(Height, Width, values);
    }
}
