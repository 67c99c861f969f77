using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Values;

/// <summary>
/// Values rounded to fields, fields to residues modulo a prime and back. Every implementation gives the same bits; none
/// branches on data.
/// </summary>
/// <remarks>
/// A product with round(p/T) would lose more than the noise does: what is left of p/T counts up to T times. round(m*p/T)
/// loses half a unit. Source: Kim, Polyakov and Zucca, ePrint 2021/204, section 3.
/// </remarks>
internal abstract class ExactIntegerKernel
{
    /// <summary>The fastest implementation on this machine.</summary>
    public static ExactIntegerKernel Default { get; } = Create(LaneSupport.Best);

    public static ExactIntegerKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneExactIntegerKernel<RealLane512, WordLane512>(),
        LaneWidth.Vector256 => new LaneExactIntegerKernel<RealLane256, WordLane256>(),
        LaneWidth.Vector128 => new LaneExactIntegerKernel<RealLane128, WordLane128>(),
        LaneWidth.Scalar => new LaneExactIntegerKernel<RealLaneScalar, WordLaneScalar>(),
        _ => new ExactIntegerSpecification(),
    };

    /// <summary>coefficients = floor(m*p/T + 1/2) with m the sum of round(value)*2^(j*FieldBits) over fields j, modulo T.</summary>
    /// <param name="values">Field 0 of all coefficients, then field 1: as many as there are fields.</param>
    /// <param name="scale">What a value is multiplied by before it is rounded to the nearest integer, ties to even.</param>
    /// <param name="fields">The fields.</param>
    /// <param name="coefficients">Receives residues below p.</param>
    public abstract void Encode(ReadOnlySpan<double> values, double scale, ExactFields fields, Span<long> coefficients);

    /// <summary>values = the fields of floor(x*T/p + 1/2) modulo T, times the inverse scale.</summary>
    /// <param name="coefficients">Integers x in (-p/2, p/2]; scratch space afterwards.</param>
    /// <param name="inverseScale">A power of two.</param>
    /// <param name="fields">The fields.</param>
    /// <param name="values">Receives field 0 of all coefficients, then field 1, as far as it reaches.</param>
    public abstract void Decode(Span<double> coefficients, double inverseScale, ExactFields fields, Span<double> values);
}
