using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Values;

/// <summary>A fixed-point kernel converts between values and scaled integers.</summary>
/// <remarks>Every implementation gives the same bits.</remarks>
internal abstract class FixedPointKernel
{
    /// <summary>The fastest implementation on this machine.</summary>
    public static FixedPointKernel Default { get; } = Create(LaneSupport.BestWithoutFusion);

    /// <summary>Creates the implementation for registers of a width.</summary>
    public static FixedPointKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneFixedPointKernel<RealLane512, WordLane512>(),
        LaneWidth.Vector256 => new LaneFixedPointKernel<RealLane256, WordLane256>(),
        LaneWidth.Vector128 => new LaneFixedPointKernel<RealLane128, WordLane128>(),
        LaneWidth.Scalar => new LaneFixedPointKernel<RealLaneScalar, WordLaneScalar>(),
        _ => new FixedPointSpecification(),
    };

    /// <summary>Computes coefficients = values*scale, rounded to the nearest integer, ties to even.</summary>
    /// <param name="values">Values in (-2^62/scale, 2^62/scale).</param>
    /// <param name="scale">The factor of a value.</param>
    /// <param name="coefficients">Receives integers in (-2^62, 2^62).</param>
    public abstract void Encode(ReadOnlySpan<double> values, double scale, Span<long> coefficients);

    /// <summary>Computes values = coefficients*inverseScale.</summary>
    public abstract void Decode(ReadOnlySpan<double> coefficients, double inverseScale, Span<double> values);
}
