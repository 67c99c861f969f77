using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Values;

/// <summary>Conversion between values and scaled integers. Every implementation gives the same bits.</summary>
internal abstract class FixedPointKernel
{
    /// <summary>The fastest implementation on this machine.</summary>
    public static FixedPointKernel Default { get; } = Create(LaneSupport.Best);

    public static FixedPointKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneFixedPointKernel<RealLane512, WordLane512>(),
        LaneWidth.Vector256 => new LaneFixedPointKernel<RealLane256, WordLane256>(),
        LaneWidth.Vector128 => new LaneFixedPointKernel<RealLane128, WordLane128>(),
        LaneWidth.Scalar => new LaneFixedPointKernel<RealLaneScalar, WordLaneScalar>(),
        _ => new FixedPointSpecification(),
    };

    /// <summary>coefficients = values*scale, rounded to the nearest integer, ties to even; magnitudes below 2^62.</summary>
    public abstract void Encode(ReadOnlySpan<double> values, double scale, Span<long> coefficients);

    /// <summary>values = coefficients*inverseScale.</summary>
    public abstract void Decode(ReadOnlySpan<double> coefficients, double inverseScale, Span<double> values);
}
