using System.Numerics.Tensors;
using FedHe.Privacy.Clipping;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>A finite clip moves a difference into the ball of the clip norm, and counts one without a finite norm as zeros.</summary>
internal static class FiniteClip
{
    // The norm of values within it is finite for every dimension.
    private static readonly double LargestMagnitude = Math.ScaleB(1, 960);

    public static void Apply(Span<double> difference, double clip)
    {
        // Whether a training ended in infinity is a bit about its data: nobody but the client sees it.
        if (!(Math.Abs(TensorPrimitives.MaxMagnitude<double>(difference)) <= LargestMagnitude))
        {
            difference.Clear();
        }

        Clip.TwoNorm(difference, clip);
    }
}
