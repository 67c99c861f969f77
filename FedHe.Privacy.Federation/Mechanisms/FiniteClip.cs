using System.Numerics.Tensors;
using FedHe.Privacy.Clipping;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>A finite clip moves a difference into the ball of the clip norm, and counts one without a finite norm as zeros.</summary>
internal static class FiniteClip
{
    // The norm of values within it is finite for every dimension.
    private static readonly double LargestMagnitude = Math.ScaleB(1, 960);

    /// <summary>Divides a difference by what its grid has grown by, and clips it.</summary>
    /// <param name="difference">The difference, changed in place.</param>
    /// <param name="clip">The clip norm on the first grid.</param>
    /// <param name="growth">What the grid is multiplied by, positive.</param>
    /// <returns>Whether the difference kept the clip norm.</returns>
    public static bool Apply(Span<double> difference, double clip, double growth = 1)
    {
        // Whether a training ended in infinity is a bit about its data: nobody but the client sees it.
        if (!(Math.Abs(TensorPrimitives.MaxMagnitude<double>(difference)) <= LargestMagnitude))
        {
            difference.Clear();
        }

        if (growth != 1)
        {
            TensorPrimitives.Divide(difference, growth, difference);
        }

        return Clip.TwoNorm(difference, clip) == 1;
    }
}
