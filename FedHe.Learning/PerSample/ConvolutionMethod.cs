using FedHe.Learning.Kernels;

namespace FedHe.Learning.PerSample;

/// <summary>The ways to the per-sample gradients of a convolution.</summary>
internal enum ConvolutionMethod
{
    /// <summary>Each sample's gradient is computed once and kept for the samples of a batch.</summary>
    Keep,

    /// <summary>Each sample's gradient is computed for its norm and again for the sum, so that one of them exists at a time.</summary>
    Repeat,

    /// <summary>The norm comes from the products of all pairs of positions, of windows and of output gradients; the gradient
    /// itself is computed for the sum only.</summary>
    Ghost,
}

/// <summary>The choice of the cheapest method for a convolution.</summary>
/// <remarks>Keeping is always the least work and is chosen where the gradients of a batch fit the memory. Otherwise the norm costs
/// channels x window length x positions multiplications directly, and positions^2 x (window length + channels) by pairs.
/// Source: Bu, Mao, Xu, "Scalable and Efficient Training of Large Convolutional Neural Networks with Differential Privacy",
/// NeurIPS 2022, section 4 (mixed ghost clipping).</remarks>
internal static class ConvolutionMethods
{
    /// <summary>The largest number of values of one sample's gradient that is kept: 2 MiB.</summary>
    public const int LargestKept = 1 << 19;

    public static ConvolutionMethod Cheapest(in WindowGeometry geometry, int outChannels)
    {
        long window = geometry.WindowLength, positions = geometry.Positions;
        if (outChannels * (window + 1) <= LargestKept)
        {
            return ConvolutionMethod.Keep;
        }

        return positions * (window + outChannels) < outChannels * window ? ConvolutionMethod.Ghost : ConvolutionMethod.Repeat;
    }
}
