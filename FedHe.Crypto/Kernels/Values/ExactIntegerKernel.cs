using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Values;

/// <summary>An exact-integer kernel encodes values as fields of residues modulo a prime, and decodes the fields.</summary>
/// <remarks>
/// <para>
/// Every implementation gives the same bits, and none branches on a value. A residue is round(m*p/T), which is off by half a
/// unit. A product m*round(p/T) would be off by m times the rounding error of p/T, which is more than the noise.
/// </para>
/// Source: Kim, Polyakov and Zucca, ePrint 2021/204, section 3.
/// </remarks>
internal abstract class ExactIntegerKernel
{
    /// <summary>The fastest implementation on this machine.</summary>
    public static ExactIntegerKernel Default { get; } = Create(LaneSupport.Best);

    /// <summary>Creates the implementation for registers of a width.</summary>
    public static ExactIntegerKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneExactIntegerKernel<RealLane512, WordLane512>(),
        LaneWidth.Vector256 => new LaneExactIntegerKernel<RealLane256, WordLane256>(),
        LaneWidth.Vector128 => new LaneExactIntegerKernel<RealLane128, WordLane128>(),
        LaneWidth.Scalar => new LaneExactIntegerKernel<RealLaneScalar, WordLaneScalar>(),
        _ => new ExactIntegerSpecification(),
    };

    /// <summary>
    /// Computes coefficients = floor(m*p/T + 1/2), with m the sum of round(value*scale)*2^(j*FieldBits) over fields j, modulo T.
    /// </summary>
    /// <param name="values">Field 0 of all coefficients, then field 1, and so on.</param>
    /// <param name="scale">The factor of a value before it is rounded to the nearest integer, ties to even.</param>
    /// <param name="fields">The fields.</param>
    /// <param name="coefficients">Receives residues in [0, p).</param>
    public abstract void Encode(ReadOnlySpan<double> values, double scale, ExactFields fields, Span<long> coefficients);

    /// <summary>Computes values = fields of floor(x*T/p + 1/2) modulo T, times the inverse scale.</summary>
    /// <param name="coefficients">Integers x in (-p/2, p/2]; scratch space afterwards.</param>
    /// <param name="inverseScale">A power of two.</param>
    /// <param name="fields">The fields.</param>
    /// <param name="values">Receives field 0 of all coefficients, then field 1, and so on to the end of the span.</param>
    public abstract void Decode(Span<double> coefficients, double inverseScale, ExactFields fields, Span<double> values);
}
