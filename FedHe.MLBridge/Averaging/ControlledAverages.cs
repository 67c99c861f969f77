using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Kernels;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Averaging;

/// <summary>
/// Controlled averages receive the average differences of models and of control variates, and move the model by the first and the mean of all clients' control variates by the second.
/// </summary>
/// <param name="moved">Moves the model.</param>
/// <param name="globalStep">The global step size.</param>
/// <param name="before">The mean of all clients' control variates before the sum.</param>
/// <param name="share">The share of all clients that are in the sum. The others' control variates stay, so the mean moves by this share of the average.</param>
internal sealed class ControlledAverages(IFlatModelWriter moved, double globalStep, ControlVariate before, double share) : IFlatModelWriter
{
    private readonly float[] _after = new float[before.Numbers.Length];

    /// <summary>The mean after the sum, complete once all averages were written.</summary>
    public ControlVariate After => new(_after);

    public void Write(long start, ReadOnlySpan<double> averages)
    {
        int values = (int)Math.Clamp(_after.Length - start, 0, averages.Length);
        if (values > 0)
        {
            using var movements = new SecretBuffer(values);
            FlatKernel.Multiply(averages[..values], globalStep, movements.Span);
            moved.Write(start, movements.Span);
        }

        for (int i = values; i < averages.Length; i++)
        {
            long position = start + i - _after.Length;
            _after[position] = ControlVariate.ToFinite(before.Numbers[position] + (share * averages[i]));
        }
    }
}
